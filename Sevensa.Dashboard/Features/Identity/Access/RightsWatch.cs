using System.Collections.Concurrent;
using System.Security.Claims;
using System.Threading.Channels;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// Asks again for whoever has a request open for longer than a moment: tails, event streams, downloads, circuits. When their right has
/// ended, the answer is told by its <see cref="CallerRight"/>, and its connection is cut when it does not end by itself.
/// </summary>
internal sealed class RightsWatch(RightsToday rights, TimeProvider time, ILogger<RightsWatch> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Open, byte> open = new();

    /// <summary>With nothing open there is nothing to look at until a request begins.</summary>
    private readonly Channel<bool> began = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Lets a request go on and watches over it.</summary>
    public async Task WatchAsync(HttpContext context, Caller caller, RequestDelegate next)
    {
        using var ended = new CancellationTokenSource();
        var right = new CallerRight(caller.Subject, ended.Token);
        var request = new Open(context, context.User, caller, right, ended, time.GetUtcNow());
        context.Features.Set(right);
        open[request] = 0;
        began.Writer.TryWrite(true);
        try
        {
            await next(context);
        }
        finally
        {
            open.TryRemove(request, out _);
            // Whoever asks for the right after this finds none.
            context.Features.Set<CallerRight>(null);
            lock (request)
            {
                request.Over = true;
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (open.IsEmpty)
            {
                await began.Reader.ReadAsync(stoppingToken);
            }
            await Task.Delay(Every, time, stoppingToken);
            var now = time.GetUtcNow();
            await LookAsync([.. open.Keys.Where(request => now - request.Since >= Every)], stoppingToken);
        }
    }

    private async Task LookAsync(List<Open> requests, CancellationToken cancellation)
    {
        var watched = requests.Where(request => !request.IsOver).ToList();
        foreach (var over in requests.Where(request => request.IsOver))
        {
            // A circuit leads its page away by itself first; what ends somebody's other sessions signs them in anew at its end.
            if (++over.Waited >= (over.IsCircuit ? 3 : 2))
            {
                Do(over, over.Context.Abort);
            }
        }
        if (watched.Count == 0)
        {
            return;
        }
        try
        {
            var today = await rights.OfAsync([.. watched.Select(request => request.Principal)], cancellation);
            foreach (var (request, principal) in watched.Zip(today))
            {
                if (principal is null || Caller.From(principal) is not { } caller || !caller.Covers(request.Caller))
                {
                    Do(request, () => _ = request.Ended.CancelAsync());
                }
            }
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            // A store that does not answer takes nobody's right away; it is asked again.
            log.LogDebug(exception, "Rights could not be looked at");
        }
    }

    /// <summary>Not after its end: the context may be another request's by then.</summary>
    private static void Do(Open request, Action what)
    {
        lock (request)
        {
            if (!request.Over)
            {
                what();
            }
        }
    }

    private sealed class Open(
        HttpContext context,
        ClaimsPrincipal principal,
        Caller caller,
        CallerRight right,
        CancellationTokenSource ended,
        DateTimeOffset since
    )
    {
        public HttpContext Context => context;
        public ClaimsPrincipal Principal => right.SignedInAnew ?? principal;

        /// <summary>Whoever signed in meanwhile by this very request is asked for again: it was what they did that ended the rest.</summary>
        public bool IsOver => ended.IsCancellationRequested && right.SignedInAnew is null;
        public Caller Caller => caller;
        public CancellationTokenSource Ended => ended;
        public DateTimeOffset Since => since;
        public bool IsCircuit { get; } = context.Request.Path.StartsWithSegments("/_blazor");
        public int Waited { get; set; }
        public bool Over { get; set; }
    }
}
