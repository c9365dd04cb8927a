using System.Diagnostics;
using System.Globalization;
using System.Security.Claims;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Bench;

/// <summary>What it takes to say whether somebody may do something in a tenant: once who they are is read, and with the reading.</summary>
internal sealed class PermissionChecks : IBench
{
    private const int Times = 2_000_000;
    private const int Tenants = 40;
    private const double Wanted = 2;

    public string Name => "permission";

    public Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var principal = Person();
        var caller = Caller.From(principal) ?? throw new InvalidOperationException("Nobody was read from the claims.");
        var asked = NamedPermission.All.Select(one => one.Is).ToArray();
        var tenants = Enumerable.Range(0, 2 * Tenants).Select(Tenant).ToArray();
        var (known, read) = (new List<double>(), new List<double>());
        for (var round = -2; round < rounds; round++)
        {
            var one = Micros(Times, time => May(caller, time));
            var both = Micros(Times / 50, time => May(Caller.From(principal)!, time));
            if (round >= 0)
            {
                known.Add(one);
                read.Add(both);
            }
        }
        var bound = new Bound("≤ baseline", (ours, wanted) => ours <= wanted);
        return Task.FromResult<IReadOnlyList<Measure>>([
            new Measure(
                $"whether a custom role of {Tenants} tenants may do something in one, against what is wanted",
                "µs",
                known,
                [Wanted],
                bound
            ),
            new Measure("the same with reading who asks from the claims", "µs", read, [Wanted], Bound.None),
        ]);

        bool May(Caller who, int time) =>
            who.May(asked[time % asked.Length]) && who.MaySee(tenants[time % tenants.Length]);
    }

    private static double Micros(int times, Func<int, bool> check)
    {
        var yes = 0;
        var from = Stopwatch.GetTimestamp();
        for (var time = 0; time < times; time++)
            yes += check(time) ? 1 : 0;
        var took = Stopwatch.GetElapsedTime(from).TotalMicroseconds / times;
        // Some of both, or nothing was decided.
        return yes > 0 && yes < times ? took : throw new InvalidOperationException($"{yes} of {times} said yes.");
    }

    private static ClaimsPrincipal Person()
    {
        const RolePermissions held =
            RolePermissions.Portal | RolePermissions.Read | RolePermissions.Propose | RolePermissions.Approve;
        return new ClaimsPrincipal(
            new ClaimsIdentity(
                [
                    new(CallerClaims.Subject, "a-person"),
                    new(CallerClaims.Name, "A person"),
                    new(CallerClaims.Role, nameof(Role.Custom)),
                    new(CallerClaims.CustomRole, "release-manager"),
                    new(CallerClaims.Permissions, ((int)held).ToString(CultureInfo.InvariantCulture)),
                    new(CallerClaims.IsPerson, "true"),
                    new(CallerClaims.Scopes, ((int)ApiScopes.All).ToString(CultureInfo.InvariantCulture)),
                    .. Enumerable.Range(0, Tenants).Select(at => new Claim(CallerClaims.Tenant, Tenant(at))),
                ],
                "bench"
            )
        );
    }

    private static string Tenant(int at) => $"tenant-{at.ToString(CultureInfo.InvariantCulture)}";
}
