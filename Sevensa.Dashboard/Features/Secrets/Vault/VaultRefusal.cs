using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>An answer that is not a success, in Vault's own words.</summary>
/// <param name="Exception">With the status, the words and what to do.</param>
/// <param name="Errors">Vault's errors, one line each; empty when it gave none, as for what does not exist.</param>
/// <param name="TokenEnded">The token is not known any more: it ended, was revoked, or never was one. A policy that denies says it otherwise.</param>
internal sealed record VaultRefusal(UpstreamException Exception, IReadOnlyList<string> Errors, bool TokenEnded)
{
    private const int LargestBody = 64 * 1024;

    public int Status => Exception.Status ?? 0;

    /// <summary>It holds for what was asked for, and nothing else: a path that a policy denies, a quota, an entry that is broken.</summary>
    public bool IsOfThePathAlone =>
        !TokenEnded
        && Status is 400 or 403 or 404 or 405 or 412 or 429 or 500
        && !Says("namespace not found")
        && !Says("no handler");

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
        IReadOnlyList<string> raw = [];
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            var bytes = new byte[LargestBody];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
            raw = JsonSerializer.Deserialize(bytes.AsSpan(0, length), VaultJson.Default.VaultErrors)?.Errors
                is { } errors
                ? errors
                : [];
        }
        catch (JsonException)
        {
            // A proxy in between answers in its own form; the status says what can be said.
        }
        List<string> words = [.. raw.Select(Unlisted).Where(error => error.Length > 0)];
        var ended =
            status == 403
            && (
                words.Exists(error => error.Contains("invalid token", StringComparison.Ordinal))
                // A policy's denial comes as a list of one, a token's as the bare words.
                || raw is ["permission denied"]
            );
        var said = string.Join("; ", words);
        return new VaultRefusal(
            VaultClient.Terms.Refusal(
                status,
                said,
                RemedyFor(status, said, ended, path, answer, options),
                UpstreamTerms.RetryAfter(answer, TimeProvider.System)
            ),
            words,
            ended
        );
    }

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
                : null;
        }
        return status switch
        {
            403 when path.StartsWith("sys/leases", StringComparison.Ordinal) =>
                "Give the dashboard's Vault policy list and sudo on sys/leases/lookup/*, and update on sys/leases/lookup.",
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
