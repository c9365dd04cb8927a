using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>Answers that are put aside under a token that is good once.</summary>
/// <param name="name">Makes a name of a sort that nothing else has.</param>
internal sealed class VaultWrapping(SimulatedFleet fleet, Func<string, string> name)
{
    private readonly Dictionary<string, Wrapped> _wrapped = new(StringComparer.Ordinal);

    /// <summary>Used on any other path it is spent: whether it was one.</summary>
    public bool Spend(string token) => _wrapped.Remove(token);

    /// <summary>Puts an answer aside under a single-use token.</summary>
    public VaultAnswer Wrap(VaultAnswer answer, string path, long ttl)
    {
        if (answer.Status != 200)
        {
            return answer;
        }
        var token = "s." + name("wrap");
        _wrapped[token] = new Wrapped(answer, path, ttl, fleet.Now);
        var wrapping = VaultAnswer.Of(null);
        wrapping.Body!["request_id"] = "";
        wrapping.Body["wrap_info"] = new JsonObject
        {
            ["token"] = token,
            ["accessor"] = name("accessor"),
            ["ttl"] = ttl,
            ["creation_time"] = Reply.GoTime(fleet.Now),
            ["creation_path"] = path,
        };
        if (path.EndsWith("/secret-id", StringComparison.Ordinal))
        {
            wrapping.Body["wrap_info"]!["wrapped_accessor"] = answer.Body!["data"]!["secret_id_accessor"]!.DeepClone();
        }
        return wrapping;
    }

    public VaultAnswer Unwrap(string? token)
    {
        var answer = Kept(token).Answer;
        _wrapped.Remove(token!);
        return answer;
    }

    /// <summary>The same under another token.</summary>
    public VaultAnswer Rewrap(string? token)
    {
        var kept = Kept(token);
        _wrapped.Remove(token!);
        return Wrap(kept.Answer, kept.Path, kept.Ttl);
    }

    /// <summary>What is known of a wrapping token without spending it.</summary>
    public VaultAnswer Look(string? token)
    {
        var kept = Kept(token);
        return VaultAnswer.Of(
            new JsonObject
            {
                ["creation_path"] = kept.Path,
                ["creation_time"] = Reply.GoTime(kept.At),
                ["creation_ttl"] = kept.Ttl,
            }
        );
    }

    public bool Keeps(string? token) =>
        token is not null && _wrapped.TryGetValue(token, out var kept) && kept.At + kept.Ttl > fleet.Now;

    private Wrapped Kept(string? token) =>
        token is not null && _wrapped.TryGetValue(token, out var kept) && kept.At + kept.Ttl > fleet.Now
            ? kept
            : throw new VaultRefusal(400, "wrapping token is not valid or does not exist");

    private sealed record Wrapped(VaultAnswer Answer, string Path, long Ttl, double At);
}
