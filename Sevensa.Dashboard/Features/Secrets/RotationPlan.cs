using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Probes;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>What a plan of <c>secret.rotate</c> says to its executor: which key of which version, and what its new value is.</summary>
/// <param name="Length">Characters of a random value.</param>
internal sealed record RotationPlan(int Version, string Key, int Length)
{
    public const string Kind = "secret.rotate";
    public const string Read = "secret.read";
    public const string Write = "secret.write";
    public const string Verify = "secret.verify";

    /// <summary>No two of them look alike, and none means anything in a shell, an address or a connection string.</summary>
    public const string Alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>Other keys that get a new value of their own in the same version.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>Vault's password policy that makes the values; null for random characters of <see cref="Alphabet"/>.</summary>
    public string? Policy { get; init; }

    /// <summary>The two logins that take turns, where the secret is one of a database.</summary>
    public Alternation? Logins { get; init; }

    /// <summary>The version whose data is written back; null where new values are made.</summary>
    public int? Restores { get; init; }

    /// <summary>The value is given by a person while the plan runs: it was issued elsewhere.</summary>
    public bool Entered { get; init; }

    /// <summary>The AppRole whose secret id the value is; null where it is none.</summary>
    public AppRoleLogin? AppRole { get; init; }

    /// <summary>What an entered value has to pass before it is written; null for none.</summary>
    public SecretProbe? Probe { get; init; }

    public int NextVersion => Version + 1;

    /// <summary>Keys that get a random value.</summary>
    public IReadOnlyList<string> Keys => [Key, .. More];

    public JsonElement Arguments
    {
        get
        {
            var given = new JsonObject
            {
                ["cas"] = Version,
                ["key"] = Key,
                ["length"] = Length,
            };
            if (More.Count > 0)
            {
                given["more"] = new JsonArray([.. More.Select(key => (JsonNode)key)]);
            }
            if (Policy is not null)
            {
                given["policy"] = Policy;
            }
            if (Restores is not null)
            {
                given["restores"] = Restores;
            }
            if (Entered)
            {
                given["entered"] = true;
            }
            if (AppRole is not null)
            {
                given["appRole"] = JsonSerializer.SerializeToNode(AppRole);
            }
            if (Probe is not null)
            {
                given["probe"] = JsonSerializer.SerializeToNode(Probe);
            }
            if (Logins is not null)
            {
                given["logins"] = JsonSerializer.SerializeToNode(Logins);
            }
            return JsonSerializer.SerializeToElement(given);
        }
    }

    /// <summary>Whether what has to be done goes beyond Vault's versions: it is then gone on with after a restart.</summary>
    public static bool IsSaga(ActionPlan plan) =>
        plan.Steps.Any(step =>
            step.IsErrand()
            || step.Verb is DatabaseSteps.Renew or ProbeStep.Verb or AppRoleSteps.Retire
            || step.Verb == Write && step.Arguments?.TryGetProperty("appRole", out _) == true
        );

    public static RotationPlan Of(ActionPlan plan)
    {
        var arguments = plan.Steps.Single(step => step.Verb == Write).Arguments!.Value;
        return new RotationPlan(
            arguments.GetProperty("cas").GetInt32(),
            arguments.GetProperty("key").GetString()!,
            arguments.GetProperty("length").GetInt32()
        )
        {
            More = arguments.TryGetProperty("more", out var more)
                ? [.. more.EnumerateArray().Select(key => key.GetString()!)]
                : [],
            Restores = arguments.TryGetProperty("restores", out var restores) ? restores.GetInt32() : null,
            Entered = arguments.TryGetProperty("entered", out _),
            AppRole = arguments.TryGetProperty("appRole", out var role) ? role.Deserialize<AppRoleLogin>() : null,
            Probe = arguments.TryGetProperty("probe", out var probe) ? probe.Deserialize<SecretProbe>() : null,
            Policy = arguments.TryGetProperty("policy", out var policy) ? policy.GetString() : null,
            Logins = arguments.TryGetProperty("logins", out var logins) ? logins.Deserialize<Alternation>() : null,
        };
    }

    /// <summary>Fingerprint of what the plan rests on.</summary>
    /// <param name="containers">Those that are restarted.</param>
    public static string World(
        SecretPath path,
        int version,
        IEnumerable<string> keys,
        IReadOnlyList<PlanContainer> containers
    )
    {
        var facts = new JsonObject
        {
            ["keys"] = new JsonArray([.. keys.Select(key => (JsonNode)key)]),
            ["path"] = path.Full,
            ["version"] = version,
        };
        if (containers.Count > 0)
        {
            facts["containers"] = Protocol.World.Fingerprint(containers);
        }
        return CanonicalJson.Hash(JsonSerializer.SerializeToElement(facts));
    }

    public string Differs(string target, int? now) =>
        now is null
            ? $"{target} is no longer in Vault"
            : string.Create(CultureInfo.InvariantCulture, $"{target} was at version {Version} and is at version {now}");

    /// <summary>Whether a version is the one that was planned: only the planned keys are new, and they are as they would be made.</summary>
    public bool Made(Dictionary<string, JsonElement> before, Dictionary<string, JsonElement> after) =>
        before.Count == after.Count
        && before.All(pair =>
            after.TryGetValue(pair.Key, out var now)
            && (
                Keys.Contains(pair.Key) ? IsPlanned(now) && !JsonElement.DeepEquals(now, pair.Value)
                : pair.Key == Logins?.UserKey ? IsText(now, Logins.Next.User)
                : JsonElement.DeepEquals(now, pair.Value)
            )
        );

    /// <summary>As <see cref="Made"/>, where the former version is not kept: the new values alone are judged.</summary>
    public bool MayBeMade(Dictionary<string, JsonElement> after) =>
        Keys.All(key => after.TryGetValue(key, out var now) && IsPlanned(now))
        && (Logins is null || after.TryGetValue(Logins.UserKey, out var user) && IsText(user, Logins.Next.User));

    private bool IsPlanned(JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
        // What Vault makes is of its policy's form, and what was issued elsewhere of the issuer's.
        && (
            Entered
            || AppRole is not null
            || Policy is not null
            || Logins is not null
            || text.Length == Length && text.All(Alphabet.Contains)
        );

    private static bool IsText(JsonElement value, string text) =>
        value.ValueKind == JsonValueKind.String && value.ValueEquals(text);
}

/// <summary>A login of a database that Vault keeps the password of, as a static role.</summary>
/// <param name="Role">Vault's name for it.</param>
/// <param name="User">The database's name for it.</param>
internal sealed record KeptLogin(string Role, string User);

/// <summary>
/// Two logins that take turns in a secret: the one that nobody uses gets a new password, is tried, and takes the other's place;
/// the other's password is taken from it once nobody uses it any more. So there is a working login at any moment.
/// </summary>
/// <param name="UserKey">The secret's key that holds the login's name.</param>
/// <param name="Instance">Of the configuration's database instances; null when none of that name is there, and nothing can be tried.</param>
internal sealed record Alternation(
    string UserKey,
    KeptLogin Next,
    KeptLogin Former,
    string? Instance,
    string? Database
);

/// <summary>Steps of plans on logins that Vault's database engine keeps.</summary>
internal static class DatabaseSteps
{
    /// <summary>Vault gives the login a new password.</summary>
    public const string Renew = "secret.renew";

    /// <summary>The login opens the database.</summary>
    public const string Try = "secret.try";

    /// <summary>No session of the login is open.</summary>
    public const string Unused = "secret.unused";

    /// <summary>Vault gives the former login a password that nobody is told of.</summary>
    public const string Retire = "secret.retire";

    public const int UnusedWithinSeconds = 60;

    public static PlanStep Step(
        int number,
        string verb,
        KeptLogin login,
        string title,
        string? instance = null,
        string? database = null
    )
    {
        var given = new JsonObject { ["role"] = login.Role, ["user"] = login.User };
        if (instance is not null)
        {
            given["instance"] = instance;
            given["database"] = database;
        }
        if (verb is Renew or Retire)
        {
            // It is changed: whoever rotates this login alone has to wait, and the other way round.
            given[PlanHolds.Member] = VaultRoles.StaticRoles + login.Role;
        }
        if (verb == Unused)
        {
            given["withinSeconds"] = UnusedWithinSeconds;
        }
        return new PlanStep(number, verb, login.Role, title, JsonSerializer.SerializeToElement(given));
    }

    public static (KeptLogin Login, string? Instance, string? Database) Of(PlanStep step)
    {
        var given = step.Arguments!.Value;
        return (
            new KeptLogin(given.GetProperty("role").GetString()!, given.GetProperty("user").GetString()!),
            given.TryGetProperty("instance", out var instance) ? instance.GetString() : null,
            given.TryGetProperty("database", out var database) ? database.GetString() : null
        );
    }
}
