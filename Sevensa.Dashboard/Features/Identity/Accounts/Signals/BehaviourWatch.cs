using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

/// <summary>Puts sessions in doubt that were counted out, and ends those that go on and on.</summary>
internal sealed class BehaviourWatch(
    BehaviourCounts counts,
    SignalDesk desk,
    SessionStore sessions,
    PersonStore people,
    IAuditLog audit,
    ILogger<BehaviourWatch> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var burst in counts.Bursts.ReadAllAsync(stoppingToken))
        {
            try
            {
                await TakeAsync(burst, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The next of the same session comes soon.
                log.LogWarning(exception, "What a session did too much of could not be noted");
            }
        }
    }

    private async Task TakeAsync(Burst burst, CancellationToken cancellation)
    {
        if (
            await people.FindAsync(burst.PersonId, cancellation) is not { } person
            || !await sessions.GoesOnAsync(burst.Session, cancellation)
        )
        {
            return;
        }
        var whose = person.ToCaller().Actor();
        var detail =
            burst.Kind == SignalKinds.Denials
                ? $"{burst.Count} things were refused to this session within minutes."
                : $"{burst.Count} secrets and exports were opened in this session within minutes.";
        await desk.RaiseAsync(whose, burst.Session, new Oddity(burst.Kind, detail), cancellation);
        if (burst.Ends)
        {
            await audit.AppendAsync(
                new AuditEntry(AuditActor.System, "session.ended", Target: burst.PersonId, Detail: detail),
                cancellation
            );
            // Its signals stay as they are: nobody proved anything, and they end with it.
            await sessions.EndAsync(burst.Session);
        }
    }
}
