using System.Globalization;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Duty;

/// <summary>
/// Who may not see any tenant any more whose image it is, or is not there any more, answers for no finding of it: that is taken
/// away, and told.
/// </summary>
internal sealed class LostOwners(
    FindingChangeStore store,
    ImageStore imageStore,
    ScanRights rights,
    IFleet fleet,
    IPeople people,
    IAuditLog audit,
    TimeProvider time
)
{
    public async Task TurnAsync(CancellationToken cancellation)
    {
        var owners = await store.OwnersAsync(cancellation);
        if (owners.Count == 0)
        {
            return;
        }
        string[] theirs = [.. owners.SelectMany(of => of).Distinct()];
        var images = (await imageStore.ImagesAsync(theirs, cancellation)).ToDictionary(image => image.Row.Id);
        foreach (var of in owners)
        {
            var person = await people.NowAsync(of.Key.Id, cancellation);
            foreach (var image in of)
            {
                if (images.TryGetValue(image, out var known) && !MayAnswer(person, known))
                {
                    await TakeAwayAsync(of.Key, known, person is null, cancellation);
                }
            }
        }
    }

    private bool MayAnswer(Caller? person, KnownImage image) =>
        person is { IsStaff: true }
        && (
            person.Tenants.IsAll
            || rights.RunningFor(image.Digests) switch
            {
                { Count: > 0 } running => running.Exists(tenant => tenant is not null && person.MaySee(tenant)),
                // Who runs it is not known until every host has told.
                _ => fleet.NotTold.Count > 0 || ImageOwners.Includes(image.Row.Owners, person),
            }
        );

    private async Task TakeAwayAsync(FindingOwner owner, KnownImage image, bool isGone, CancellationToken cancellation)
    {
        var why = isGone
            ? $"{owner.Name}'s account is gone or disabled: nobody answers for it"
            : $"{owner.Name} may not see its tenant any more: nobody answers for it";
        while (await store.OwnedAsync(owner.Id, image.Row.Id, cancellation) is { Count: > 0 } theirs)
        {
            var rest =
                theirs.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" and {theirs.Count - 1} more");
            var worst = theirs.MaxBy(row => row.Severity)!;
            await audit.AppendAsync(
                new AuditEntry(
                    AuditActor.System,
                    "finding.ownerLost",
                    rights.RunningFor(image.Digests).Find(tenant => tenant is not null)
                        ?? ImageOwners.Ids(image.Row.Owners).FirstOrDefault(),
                    worst.Id,
                    Detail: $"{worst.Vulnerability} in {worst.Package} {worst.Installed}{rest}: {why}"
                ),
                cancellation
            );
            await store.DisownAsync(theirs, why, time.GetUtcNow(), cancellation);
        }
    }
}
