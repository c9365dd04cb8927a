using Microsoft.AspNetCore.Components;

namespace Sevensa.Dashboard.Ui;

/// <summary>
/// A component that hears news from outside its circuit: it ends its subscriptions with itself, joins bursts into one
/// render, and hands what fails in a callback to the nearest error boundary instead of losing it.
/// </summary>
public abstract class LiveComponent : ComponentBase, IAsyncDisposable
{
    private readonly CancellationTokenSource _life = new();
    private readonly List<IDisposable> _kept = [];
    private readonly HashSet<Delegate> _pending = [];
    private bool _disposed;

    protected LiveComponent() => Alive = _life.Token;

    /// <summary>Cancelled when the component goes away. Safe to read after that.</summary>
    protected CancellationToken Alive { get; }

    protected bool Disposed => _disposed;

    /// <summary>Disposed with the component.</summary>
    protected void Keep(IDisposable subscription)
    {
        if (_disposed)
            subscription.Dispose();
        else
            _kept.Add(subscription);
    }

    /// <summary>
    /// Runs work on the circuit and renders after it. A call for work that still waits for its turn is dropped, since
    /// that turn will see the newest state anyway.
    /// </summary>
    protected void Run(Func<Task> work)
    {
        lock (_pending)
        {
            if (_disposed || !_pending.Add(work))
                return;
        }
        _ = InvokeAsync(async () =>
        {
            try
            {
                lock (_pending)
                    _pending.Remove(work);
                if (_disposed)
                    return;
                await work();
                if (!_disposed)
                    StateHasChanged();
            }
            catch (OperationCanceledException) when (_disposed) { }
            catch (Exception e)
            {
                await DispatchExceptionAsync(e);
            }
        });
    }

    /// <summary>Renders soon, from any thread.</summary>
    protected void Refresh() => Run(_rendered);

    private readonly Func<Task> _rendered = static () => Task.CompletedTask;

    /// <summary>What else has to end. Called once, on the circuit.</summary>
    protected virtual ValueTask EndAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _life.CancelAsync();
        foreach (var subscription in _kept)
            subscription.Dispose();
        _kept.Clear();
        await EndAsync();
        _life.Dispose();
        GC.SuppressFinalize(this);
    }
}
