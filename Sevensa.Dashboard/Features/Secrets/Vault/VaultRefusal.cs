using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>An answer that is not a success, in Vault's own words.</summary>
/// <param name="Exception">With the status, the words and what to do.</param>
/// <param name="Errors">Vault's errors, one line each; empty when it gave none, as for what does not exist.</param>
/// <param name="TokenEnded">The token is not known any more: it ended, was revoked, or never was one. A policy that denies says it otherwise.</param>
/// <param name="IsVaults">Vault said it itself; else what stands in front of it, of which nothing follows for what Vault has.</param>
internal sealed record VaultRefusal(
    UpstreamException Exception,
    IReadOnlyList<string> Errors,
    bool TokenEnded,
    bool IsVaults = true
)
{
    private const int LargestBody = 64 * 1024;

    public int Status => Exception.Status ?? 0;

    /// <summary>It holds for what was asked for, and nothing else: a path that a policy denies, a quota, an entry that is broken.</summary>
    public bool IsOfThePathAlone =>
        IsVaults
        && !TokenEnded
        && Status is 400 or 403 or 404 or 405 or 412 or 429 or 500
        && !Says("namespace not found")
        && !Says("no handler");

    /// <summary>There is nothing of that name, in Vault's own way of saying it. A path that no engine serves is answered 404 as well, but with words.</summary>
    public bool IsNothing => IsVaults && Status == 404 && Errors.Count == 0;

    public bool Says(string words) => Errors.Any(error => error.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <param name="path">What was asked for, below <c>v1/</c>.</param>
    public static async Task<VaultRefusal> ReadAsync(
        HttpResponseMessage answer,
        string path,
        SecretsOptions options,
        CancellationToken cancellation
    )
    {
        var status = (int)answer.StatusCode;
        VaultErrors? read = null;
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            var bytes = new byte[LargestBody];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
            read = JsonSerializer.Deserialize(bytes.AsSpan(0, length), VaultJson.Default.VaultErrors);
        }
        catch (JsonException)
        {
            // A proxy in between answers in its own form.
        }
        // Of a version that is deleted Vault tells what it was, in place of errors.
        var isVaults = read is { Errors: not null } or { Data.ValueKind: JsonValueKind.Object };
        if (!isVaults && (status == 500 || status is < 500 and not 429))
        {
            return new VaultRefusal(new ForeignAnswer(status), [], false, IsVaults: false);
        }
        var raw = read?.Errors ?? [];
        List<string> words = [.. raw.Select(Unlisted).Where(error => error.Length > 0)];
        var ended =
            status == 403
            && (
                words.Exists(error => error.Contains("invalid token", StringComparison.Ordinal))
                // A policy's denial comes as a list of one, a token's as the bare words.
                || raw is ["permission denied"]
            );
        var said = string.Join("; ", words);
        var exception = VaultClient.Terms.Refusal(
            status,
            said,
            RemedyFor(status, said, ended, path, answer, options),
            UpstreamTerms.RetryAfter(answer, TimeProvider.System)
        );
        // A proxy, a locked namespace and others answer 403 as well: what passes by itself is no policy's word.
        var denied =
            status == 403
            && !ended
            && words.Exists(error => error.Contains("permission denied", StringComparison.Ordinal));
        return new VaultRefusal(
            denied ? new VaultDenial(exception)
                : IsMissing(status, words) ? new VaultMissing(exception)
                : exception,
            words,
            ended,
            isVaults
        );
    }

    /// <summary>In Vault's own words: a proxy whose Vault is away for a moment answers 404 as well.</summary>
    private static bool IsMissing(int status, List<string> words) =>
        status is 404 or 405
        && words.Exists(error =>
            error.StartsWith("no handler for route", StringComparison.Ordinal)
            || error.Contains("unsupported path", StringComparison.Ordinal)
            || error.Contains("unsupported operation", StringComparison.Ordinal)
            || error.Contains("namespace not found", StringComparison.Ordinal)
        );

    private static string? RemedyFor(
        int status,
        string words,
        bool tokenEnded,
        string path,
        HttpResponseMessage answer,
        SecretsOptions options
    )
    {
        if (words.Contains("Vault is sealed", StringComparison.Ordinal))
        {
            return VaultClient.SealedRemedy;
        }
        if (words.Contains("has been locked", StringComparison.Ordinal))
        {
            return $"Somebody locked the namespace \"{options.Namespace}\": nothing in it is read or rotated until it is unlocked.";
        }
        if (words.Contains("namespace not found", StringComparison.Ordinal))
        {
            return $"There is no namespace \"{options.Namespace}\": correct Vault:Namespace, or make it.";
        }
        if (words.Contains("client token", StringComparison.Ordinal) || tokenEnded && HasNoCredential(options))
        {
            return "Set Vault:TokenFile, or Vault:RoleIdFile and Vault:SecretIdFile.";
        }
        if (tokenEnded)
        {
            return options.TokenFile is null
                ? "The token of the AppRole's login has ended or was revoked: look at its token_ttl and token_num_uses."
                : "The token in Vault:TokenFile has ended or was revoked: put a new one there.";
        }
        if (
            words.Contains("invalid secret id", StringComparison.OrdinalIgnoreCase)
            || words.Contains("invalid role", StringComparison.OrdinalIgnoreCase)
            || words.Contains("missing secret_id", StringComparison.Ordinal)
        )
        {
            return "Make a new secret id for the AppRole and put it into Vault:SecretIdFile.";
        }
        if (words.StartsWith("no handler", StringComparison.Ordinal))
        {
            return path.StartsWith(options.Mount, StringComparison.Ordinal)
                    ? $"Nothing is mounted at {options.Mount}/: set Vault:Mount, or enable a key/value engine there."
                : path.StartsWith("database/", StringComparison.Ordinal)
                    ? "Nothing is mounted at database/: enable the database engine there."
                : null;
        }
        return status switch
        {
            403 when path.StartsWith("sys/leases/revoke", StringComparison.Ordinal) =>
                "Give the dashboard's Vault policy update on sys/leases/revoke.",
            403 when path.StartsWith("sys/leases", StringComparison.Ordinal) =>
                "Give the dashboard's Vault policy list and sudo on sys/leases/lookup/*, and update on sys/leases/lookup.",
            403 when path.StartsWith("database/", StringComparison.Ordinal) =>
                $"Give the dashboard's Vault policy {(path.StartsWith("database/rot", StringComparison.Ordinal) ? "update" : "read")} on {path.Split('?')[0]}.",
            403 when path.StartsWith("auth/approle/role/", StringComparison.Ordinal) =>
                $"Give the dashboard's Vault policy {(path.EndsWith("/role-id", StringComparison.Ordinal) ? "read" : path.EndsWith("list=true", StringComparison.Ordinal) ? "list" : "update")} on {path.Split('?')[0]}.",
            403 =>
                $"Give the dashboard's Vault policy read and list on {options.Mount}/metadata/*, and read and update on {options.Mount}/data/* for rotation.",
            429 => Wait(answer),
            500 when words == "internal error" =>
                "Vault's own log says why; a full disk under its audit file is answered so.",
            _ => null,
        };
    }

    private static string Wait(HttpResponseMessage answer) =>
        UpstreamTerms.RetryAfter(answer, TimeProvider.System) is { } pause
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Vault limits how often it may be asked: ask again in {Math.Ceiling(pause.TotalSeconds):0} s, or raise its quota."
            )
            : "Vault limits how often it may be asked: ask again in a moment, or raise its quota.";

    private static bool HasNoCredential(SecretsOptions options) =>
        options is { TokenFile: null, RoleIdFile: null, SandboxToken: null };

    /// <summary>Vault sends some errors as a bulleted list of one.</summary>
    private static string Unlisted(string error) =>
        UpstreamTerms.OneLine(
            string.Join(
                '\n',
                error
                    .Split('\n', StringSplitOptions.TrimEntries)
                    .Where(line =>
                        !line.EndsWith("error occurred:", StringComparison.Ordinal)
                        && !line.EndsWith("errors occurred:", StringComparison.Ordinal)
                    )
                    .Select(line => line.TrimStart('*', ' '))
            )
        );
}

/// <summary>
/// What stands in front of Vault answered in its place (a proxy whose Vault is away for a moment: a page, or nothing at all). That
/// says nothing of what Vault has, allows or did, whatever the status, and passes by itself.
/// </summary>
internal sealed class ForeignAnswer(int status)
    : UpstreamException(
        VaultClient.Name,
        VaultClient.Terms.FaultOf(status),
        string.Create(
            CultureInfo.InvariantCulture,
            $"What stands in front of Vault answered {status} in its place, and not Vault itself."
        ),
        status,
        VaultClient.Terms.RemedyFor(status)
    );

/// <summary>An answer of Vault's that stays as it is until a person changes something there: no waiting mends it.</summary>
internal abstract class VaultStanding(UpstreamException told)
    : UpstreamException(told.Upstream, told.Fault, told.Message, told.Status, told.Remedy)
{
    /// <summary>Of the outcome that it makes.</summary>
    public abstract string Code { get; }

    /// <summary>When it can be done again, in words.</summary>
    public abstract string Once { get; }
}

/// <summary>A policy of Vault's denies what was asked for.</summary>
internal sealed class VaultDenial(UpstreamException told) : VaultStanding(told)
{
    public override string Code => "denied";

    public override string Once => "Once the policy allows it";
}

/// <summary>The engine, the namespace or the operation that was asked for is not there (any more).</summary>
internal sealed class VaultMissing(UpstreamException told) : VaultStanding(told)
{
    public override string Code => "missing";

    public override string Once => "Once it is there again";
}
