using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Finds out what became of a rotation whose answer was lost, by reading versions. Check-and-set lets one writer only make
/// the planned version, and a rotation changes one key to random characters of the planned length: so it can be told whose it is.
/// </summary>
internal sealed class RotationAftermath(
    Func<VaultClient> clients,
    ITenantScopes scopes,
    IOptions<SecretsOptions> options,
    TimeProvider time
) : IDashboardReconciler
{
    public string Kind => RotationPlan.Kind;

    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var rotation = RotationPlan.Of(plan);
        if (!SecretPath.TryOf(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, out var path))
        {
            return null;
        }
        var vault = clients();
        try
        {
            var now = await vault.MetadataAsync(path.Full, cancellation);
            if (now is null || now.CurrentVersion < rotation.NextVersion)
            {
                // A write that timed out here may still be under way there.
                return time.GetUtcNow() - dispatchedAt < TimeSpan.FromSeconds(options.Value.TimeoutSeconds * 3)
                    ? null
                    : Failed(Text($"Nothing was written: {plan.Target} is still at version {rotation.Version}."));
            }
            var before = await vault.DataAsync(path.Full, rotation.Version, cancellation);
            var after = await vault.DataAsync(path.Full, rotation.NextVersion, cancellation);
            if (after is null)
            {
                return null;
            }
            if (before is null)
            {
                // Nothing of it stays where a secret keeps one version, so only the new value can be judged.
                return now.Versions.ContainsKey(rotation.Version.ToString(CultureInfo.InvariantCulture)) ? null
                    : rotation.MayBeMade(after)
                        ? new ActionOutcome(
                            ProposalState.Succeeded,
                            Text(
                                $"Version {rotation.NextVersion} of {plan.Target} was written as planned. The former one is not kept, so that the other keys can't be compared."
                            )
                        )
                    : Failed(
                        Text(
                            $"Version {rotation.NextVersion} of {plan.Target} is somebody else's: it does not hold what was planned. Nothing of this was written."
                        )
                    );
            }
            return rotation.Made(before, after)
                ? new ActionOutcome(
                    ProposalState.Succeeded,
                    Text(
                        $"Version {rotation.NextVersion} of {plan.Target} was written as planned: only {string.Join(" and ", rotation.Keys)} is new."
                    )
                )
                : Failed(
                    Text(
                        $"Version {rotation.NextVersion} of {plan.Target} is somebody else's: it does not differ as planned. Nothing of this was written."
                    )
                );
        }
        catch (UpstreamException)
        {
            return null;
        }
    }

    private static ActionOutcome Failed(string text) => new(ProposalState.Failed, text, Undo: "none");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
