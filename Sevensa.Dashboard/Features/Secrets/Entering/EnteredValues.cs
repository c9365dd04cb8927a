using System.Globalization;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.Entering;

/// <summary>A value as somebody enters it. No record, so that nothing prints it.</summary>
internal sealed class EnteredWish
{
    /// <summary>Of the secret, below the tenant.</summary>
    public string? Path { get; set; }

    public string? Key { get; set; }

    /// <summary>The version that was looked at.</summary>
    public int? Version { get; set; }

    /// <summary>Goes to Vault and nowhere else.</summary>
    public string? Value { get; set; }

    /// <summary>The proof of <c>/secrets/step-up</c>.</summary>
    public string? StepUp { get; set; }
}

/// <summary>A plan that is under way and waits for a value.</summary>
/// <param name="Version">The one that is replaced.</param>
internal sealed record AwaitedValue(string Proposal, string Path, string Key, int Version)
{
    /// <summary>What the value has to pass before it is written.</summary>
    internal SecretProbe? Probe { get; init; }
}

/// <param name="Version">The one that holds it.</param>
/// <param name="Note">What became of the plan meanwhile, when it does not go on with it; else null.</param>
internal sealed record EnteredAnswer(string Path, string Key, int Version, string Proposal, string? Note);

/// <summary>
/// Takes a value that was issued elsewhere and writes it to Vault, for a plan that was approved, is under way and waits for it.
/// Nothing else ever holds it: it waits in the form of whoever has it.
/// </summary>
internal sealed class EnteredValues(
    SecretDeeds deeds,
    IProposals proposals,
    IEmergencyStop stop,
    Func<VaultClient> clients,
    EnteredNews news,
    ProbeDoor door,
    IAuditLog audit
)
{
    /// <summary>Of all values of a version together, as Vault counts them.</summary>
    public const int MostBytes = 1_000_000;

    /// <summary>Plans that wait for a value, of a tenant that the caller sees.</summary>
    public async Task<IReadOnlyList<AwaitedValue>> AwaitedAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    ) =>
        [
            .. (
                await proposals.ListAsync(
                    caller,
                    new ProposalFilter(Tenant: tenant, OpenOnly: true, Most: 500),
                    cancellation
                )
            )
                .Where(one =>
                    one.Kind == EnterSecret.Kind
                    && one.State is ProposalState.Dispatched or ProposalState.Running or ProposalState.Unknown
                )
                .Select(one => (one, Rotation: RotationPlan.Of(one.Plan)))
                .Select(pair => new AwaitedValue(
                    pair.one.Id,
                    pair.one.Plan.Target,
                    pair.Rotation.Key,
                    pair.Rotation.Version
                )
                {
                    Probe = pair.Rotation.Probe,
                }),
        ];

    /// <exception cref="Tenants.Contracts.UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="SecretDeedException">404, 409 or 422</exception>
    public async Task<EnteredAnswer> EnterAsync(
        Caller caller,
        string tenant,
        EnteredWish wish,
        CancellationToken cancellation
    )
    {
        var path = await deeds.PathAsync(caller, tenant, wish.Path ?? "", cancellation);
        var (key, value) = (wish.Key ?? "", wish.Value ?? "");
        if (value.Length == 0 || Encoding.UTF8.GetByteCount(value) > MostBytes)
        {
            throw new SecretDeedException(
                422,
                "size",
                $"A value has 1 to {MostBytes.ToString(CultureInfo.InvariantCulture)} bytes. Nothing was written."
            );
        }
        var awaited =
            (await AwaitedAsync(caller, tenant, cancellation)).FirstOrDefault(one =>
                one.Path == path.Relative && one.Key == key && one.Version == wish.Version
            )
            ?? throw new SecretDeedException(
                409,
                "notAwaited",
                $"No approved plan that is under way waits for this key of {path.Relative} in place of this version. Propose {EnterSecret.Kind}, have it approved, and enter the value then. This wrote nothing."
            );
        if (stop.Current is { } stopped)
        {
            throw new SecretDeedException(
                409,
                "stopped",
                $"Dispatching was stopped by {stopped.ByName}. Nothing was written; enter it when it goes on."
            );
        }
        await deeds.RedeemAsync(caller, tenant, SecretDeeds.Enter, path, wish.StepUp, cancellation);
        var vault = clients();
        var former = await vault.DataAsync(path.Full, awaited.Version, cancellation) ?? throw Changed(path);
        var data = With(former, key, value, path);
        vault.RememberAt(path.Full, former.GetValueOrDefault(key));
        var now = (await vault.MetadataAsync(path.Full, cancellation))?.CurrentVersion;
        if (now != awaited.Version && !await IsThereAsync(vault, path, awaited, data, cancellation))
        {
            throw Changed(path);
        }
        await RecordAsync("secret.enter", cancellation);
        if (now == awaited.Version)
        {
            await TryAsync(awaited.Probe, value, cancellation);
            // From here on it is not broken off: whether it was written would not be known.
            await WriteAsync(vault, path, awaited, data, value);
        }
        var written = awaited.Version + 1;
        news.Tell(path.Full);
        await RecordAsync("secret.entered", CancellationToken.None);
        var after = await proposals.FindAsync(caller, awaited.Proposal, CancellationToken.None);
        return new EnteredAnswer(
            path.Relative,
            key,
            written,
            awaited.Proposal,
            after is { State: ProposalState.Cancelled or ProposalState.Refused or ProposalState.Expired }
                || after?.Outcome?.Code == EnteredStep.NotEntered
                    ? Text(
                        $"The plan ended meanwhile, so nobody is restarted by it: {after.Outcome?.Text} Version {written} holds the value. Restart who uses it, or write the former data back by secret.restore."
                    )
                : after is { State: ProposalState.Failed or ProposalState.RolledBack }
                    ? $"The plan has ended by now: {after.Outcome?.Text}"
                : null
        );

        Task RecordAsync(string action, CancellationToken token) =>
            audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    action,
                    tenant,
                    path.Relative,
                    Detail: Text($"{key}, as version {awaited.Version + 1} (proposal {awaited.Proposal})")
                ),
                token
            );
    }

    private async Task TryAsync(SecretProbe? probe, string value, CancellationToken cancellation)
    {
        if (probe is null)
        {
            return;
        }
        var trial = await door.AskAsync(probe, value, cancellation);
        if (!trial.Passes)
        {
            throw new SecretDeedException(
                422,
                trial.Reached ? "probeFailed" : "probeNotReached",
                $"{trial.Words} Nothing was written, and the plan waits on: {(trial.Reached ? "is it the right value?" : "enter it again once it can be asked.")}"
            );
        }
    }

    /// <summary>An answer that is lost leaves open whether it was written; what is there then tells.</summary>
    private static async Task WriteAsync(
        VaultClient vault,
        SecretPath path,
        AwaitedValue awaited,
        Dictionary<string, JsonElement> data,
        string value
    )
    {
        UpstreamException? lost = null;
        try
        {
            if (
                await vault.WriteAsync(path.Full, data, awaited.Version, CancellationToken.None, value) is not null
                || await IsThereAsync(vault, path, awaited, data, CancellationToken.None)
            )
            {
                return;
            }
        }
        catch (UpstreamException exception) when (exception is ForeignAnswer || exception.Status is null or >= 500)
        {
            lost = exception;
        }
        if (lost is null)
        {
            throw Changed(path);
        }
        try
        {
            if (await IsThereAsync(vault, path, awaited, data, CancellationToken.None))
            {
                return;
            }
        }
        catch (UpstreamException)
        {
            // It can't be seen now either.
        }
        throw new SecretDeedException(
            502,
            "notKnown",
            $"{Words(lost)} Whether the value was written is not known. If it was, the plan goes on with it; while the plan waits, enter the value once more: that does no harm."
        );
    }

    /// <summary>The next version holds what was entered, and nothing else that is new.</summary>
    private static async Task<bool> IsThereAsync(
        VaultClient vault,
        SecretPath path,
        AwaitedValue awaited,
        Dictionary<string, JsonElement> data,
        CancellationToken cancellation
    ) =>
        await vault.DataAsync(path.Full, awaited.Version + 1, cancellation) is { } there
        && SecretVersions.Same(there, data);

    /// <summary>The former data with the new value: what else is in it stays as Vault gave it, letter by letter.</summary>
    private static Dictionary<string, JsonElement> With(
        Dictionary<string, JsonElement> former,
        string key,
        string value,
        SecretPath path
    )
    {
        if (former.TryGetValue(key, out var was) && was.ValueKind == JsonValueKind.String && was.ValueEquals(value))
        {
            throw new SecretDeedException(
                422,
                "same",
                $"That is the value that {key} of {path.Relative} has already. Nothing was written."
            );
        }
        var data = new Dictionary<string, JsonElement>(former) { [key] = JsonSerializer.SerializeToElement(value) };
        // As Vault writes it: what stands in a text as it is, and what takes a backslash.
        var size =
            former.Where(pair => pair.Key != key).Sum(pair => pair.Key.Length + Bytes(pair.Value.GetRawText()))
            + key.Length
            + Bytes(value)
            + value.Count(letter => letter is '"' or '\\' or < ' ');
        return size <= MostBytes
            ? data
            : throw new SecretDeedException(
                422,
                "size",
                $"With it {path.Relative} would be larger than Vault takes (1 MiB for all keys together). Nothing was written."
            );
    }

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);

    private static SecretDeedException Changed(SecretPath path) =>
        new(
            409,
            "changedMeanwhile",
            $"{path.Relative} is no longer at the version that you looked at. Nothing was written; look again, and propose it anew."
        );
}
