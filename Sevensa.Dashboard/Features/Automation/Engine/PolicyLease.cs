using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// That this dashboard looks at policies, and no other on the same store. It is taken for three looks, renewed while one goes on, and
/// asked for again before anything is done: who was away for so long that another took over does nothing on what was seen before. A look
/// that does not go on is given up, so that another may take over.
/// </summary>
internal sealed class PolicyLease(PolicyStore store, TimeSpan every, TimeProvider time)
{
    /// <summary>Renewals on end without anything that was finished between them.</summary>
    private const int MostIdle = 10;

    private readonly TimeSpan every = every;
    private readonly TimeProvider time = time;
    private readonly string me = Guid.NewGuid().ToString("n");

    /// <summary>It was another's when it was last asked for.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Takes it, or keeps it. False when another dashboard has it.</summary>
    public async Task<bool> TakeAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        IsLost = !await store.LeadAsync(me, now, now + every * 3, cancellation);
        return !IsLost;
    }

    /// <summary>Gives it back.</summary>
    public Task LeaveAsync(CancellationToken cancellation) => store.LeaveAsync(me, cancellation);

    /// <summary>Renews it while something goes on, until that is over or it is lost.</summary>
    public Keeping Keep(CancellationToken cancellation) => new(this, cancellation);

    internal sealed class Keeping : IAsyncDisposable
    {
        private readonly CancellationTokenSource over;
        private readonly CancellationTokenSource look;
        private readonly Task work;
        private int idle;

        public Keeping(PolicyLease lease, CancellationToken cancellation)
        {
            over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            look = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            work = RenewAsync(lease, over.Token);
        }

        /// <summary>Of what it is kept for; cancelled when that does not go on.</summary>
        public CancellationToken Token => look.Token;

        /// <summary>It was renewed too often without anything that was finished.</summary>
        public bool GaveUp { get; private set; }

        /// <summary>Something of it is finished.</summary>
        public void GoOn() => Volatile.Write(ref idle, 0);

        public async ValueTask DisposeAsync()
        {
            await over.CancelAsync();
            await work;
            over.Dispose();
            look.Dispose();
        }

        private async Task RenewAsync(PolicyLease lease, CancellationToken cancellation)
        {
            try
            {
                do
                {
                    await Task.Delay(lease.every, lease.time, cancellation);
                    if (Interlocked.Increment(ref idle) > MostIdle)
                    {
                        (GaveUp, lease.IsLost) = (true, true);
                        await look.CancelAsync();
                        return;
                    }
                } while (await lease.TakeAsync(cancellation));
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // What it was kept for is over.
            }
            catch (Exception exception) when (StoreFault.In(exception) is not null)
            {
                lease.IsLost = true;
            }
        }
    }
}
