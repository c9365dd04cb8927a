using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;

namespace Sevensa.Dashboard.Features.Secrets;

/// <param name="Instance">Null when none is configured by the connection's name.</param>
/// <param name="Found">Those that can be no other lease's.</param>
internal sealed record LeasedLogins(string? Instance, IReadOnlyList<KnownLogin> Found);

/// <summary>
/// Which logins of a database belong to leases. Vault does not tell a lease's login, but its usual names end with the second in
/// which they were made: <c>v-WHO-ROLE-RANDOM-SECONDS</c>, the role cut after eight letters. So roles that begin alike make
/// names that are alike; a login that by its time may be another lease's is not taken for one of these.
/// </summary>
internal sealed partial class LeaseLogins(Func<VaultClient> vault, IEnumerable<IDatabaseLogins> databases)
{
    private const int LongestRole = 8;
    private const int LongestWho = 8;
    private const int AtOnce = 8;

    /// <summary>Between the name and the lease that is written down after the database has answered.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);

    /// <param name="leases">Those that are meant.</param>
    /// <param name="others">Others of the same role.</param>
    /// <exception cref="Platform.Http.UpstreamException">Vault or the instance can't be asked.</exception>
    public async Task<LeasedLogins> OfAsync(
        string role,
        IReadOnlyList<Lease> leases,
        IEnumerable<Lease> others,
        CancellationToken cancellation
    )
    {
        if (
            (await vault().DynamicRoleAsync(role, cancellation))?.DbName is not { } instance
            || databases.FirstOrDefault() is not { } logins
            || !logins.Knows(instance)
        )
        {
            return new LeasedLogins(null, []);
        }
        var alike = (await logins.LikeAsync(instance, Pattern(role), cancellation))
            .Select(login => (Login: login, Made: MadeAt(login.Role, role)))
            .Where(one => one.Made is { } made && leases.Any(lease => Fits(made, lease.IssuedAt)))
            .ToList();
        if (alike.Count == 0)
        {
            return new LeasedLogins(instance, []);
        }
        if (await OfRolesAlikeAsync(role, cancellation) is not { } alien)
        {
            // Whose they are can't be told, so none is named; what is meant is revoked all the same.
            return new LeasedLogins(instance, []);
        }
        List<DateTimeOffset> strange = [.. others.Select(lease => lease.IssuedAt), .. alien];
        var found = alike.Where(one => !strange.Exists(at => Fits(one.Made!.Value, at))).ToList();
        // More logins than leases: which of them are theirs can't be told.
        return new LeasedLogins(instance, found.Count > leases.Count ? [] : [.. found.Select(one => one.Login)]);
    }

    /// <summary>Those of some logins that are still there.</summary>
    public async Task<IReadOnlyList<string>> LeftAsync(
        string instance,
        string role,
        IReadOnlyList<string> expected,
        CancellationToken cancellation
    ) =>
        databases.FirstOrDefault() is { } logins
            ?
            [
                .. (await logins.LikeAsync(instance, Pattern(role), cancellation))
                    .Select(login => login.Role)
                    .Intersect(expected, StringComparer.Ordinal),
            ]
            : [];

    /// <summary>When leases of other roles were given out, whose logins may have such names, whoever's they are. Null when Vault does not tell of some.</summary>
    private async Task<IReadOnlyList<DateTimeOffset>?> OfRolesAlikeAsync(string role, CancellationToken cancellation)
    {
        var client = vault();
        var ids = new List<string>();
        try
        {
            // Two connections of Vault may be of one database, so all of them count.
            var alike = (await client.LeasedRolesAsync(cancellation))
                .Select(folder => folder.TrimEnd('/'))
                .Where(other => other != role && $"-{Cut(other)}".EndsWith($"-{Cut(role)}", StringComparison.Ordinal));
            foreach (var some in alike.Chunk(AtOnce))
            {
                var looks = await Task.WhenAll(some.Select(other => client.LookIntoLeasesAsync(other, cancellation)));
                if (looks.Any(look => look.Refusal is not null))
                {
                    return null;
                }
                ids.AddRange(
                    some.Zip(looks)
                        .SelectMany(pair =>
                            (pair.Second.Value ?? []).Select(id => $"{VaultRoles.Credentials}{pair.First}/{id}")
                        )
                );
            }
        }
        catch (VaultDenial)
        {
            return null;
        }
        var found = new List<DateTimeOffset>();
        foreach (var some in ids.Chunk(AtOnce))
        {
            var looks = await Task.WhenAll(some.Select(id => client.LookAtLeaseAsync(id, cancellation)));
            if (looks.Any(look => look.Refusal is not null))
            {
                return null;
            }
            found.AddRange(looks.Where(look => look.Value is not null).Select(look => look.Value!.IssueTime));
        }
        return found;
    }

    private static bool Fits(DateTimeOffset made, DateTimeOffset issued) => made <= issued && issued - made <= Between;

    private static string Cut(string role) => role.Length > LongestRole ? role[..LongestRole] : role;

    private static string Pattern(string role) => $"v-%-{Cut(role).Replace("_", "\\_", StringComparison.Ordinal)}-%";

    private static DateTimeOffset? MadeAt(string login, string role)
    {
        var end = Tail().Match(login);
        var head = end.Success ? login[..end.Index] : "";
        return
            head.StartsWith("v-", StringComparison.Ordinal)
            && head.EndsWith($"-{Cut(role)}", StringComparison.Ordinal)
            && head.Length - Cut(role).Length - 3 <= LongestWho
            && long.TryParse(end.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
    }

    [GeneratedRegex("-[A-Za-z0-9]{20}-([0-9]{1,11})$")]
    private static partial Regex Tail();
}
