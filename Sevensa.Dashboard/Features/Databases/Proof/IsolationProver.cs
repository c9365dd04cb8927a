using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof.Trials;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>Tries with every tenant's own credentials what must fail on an instance. Whatever it does is rolled back.</summary>
internal sealed class IsolationProver(PostgresDoor door, IOptions<ProofOptions> options)
{
    /// <summary>Tenants that can be tried: those whose credentials are known.</summary>
    public static IReadOnlyList<string> TenantsOf(Instance instance) =>
        [
            .. instance
                .Placements.Where(placed => placed.Login is not null)
                .Select(placed => placed.Tenant)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    /// <param name="proven">Called with the attempts of one login when all of them are made; from several threads.</param>
    public async Task ProveAsync(
        Instance instance,
        InstanceFacts facts,
        IReadOnlyCollection<string> tenants,
        Action<string, IReadOnlyList<Attempt>> proven,
        CancellationToken cancellation
    )
    {
        var ground = new ProofGround(
            instance,
            new Ownership(instance, facts),
            facts,
            options.Value.TenantColumns.Split(
                ',',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
            )
        );
        var (logins, failed) = await LoginsAsync(instance, cancellation);
        foreach (var (tenant, attempt) in failed.Where(one => tenants.Contains(one.Tenant)))
        {
            proven(tenant, [attempt]);
        }
        var same = PasswordTrial.Same(logins);
        await Parallel.ForEachAsync(
            logins.Where(login => tenants.Contains(login.Tenant)),
            new ParallelOptions { MaxDegreeOfParallelism = options.Value.AtOnce, CancellationToken = cancellation },
            async (login, stop) =>
                proven(
                    login.Tenant,
                    [.. await new TenantTrial(ground, door, login).RunAsync(stop), .. same[login.Role]]
                )
        );
    }

    private async Task<(List<TrialLogin>, List<(string Tenant, Attempt Attempt)>)> LoginsAsync(
        Instance instance,
        CancellationToken cancellation
    )
    {
        var (logins, failed) = (new ConcurrentBag<TrialLogin>(), new ConcurrentBag<(string, Attempt)>());
        await Parallel.ForEachAsync(
            instance.Placements.Where(placed => placed.Login is not null).DistinctBy(placed => placed.Login!.Role),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellation },
            async (placed, stop) =>
            {
                try
                {
                    var (role, password) = await door.CredentialsAsync(instance, placed.Login!, stop);
                    logins.Add(new TrialLogin(placed.Tenant, role, password, placed.Database));
                }
                catch (UpstreamException exception)
                {
                    failed.Add(
                        (
                            placed.Tenant,
                            new Attempt(
                                placed.Tenant,
                                null,
                                AttemptKinds.SignIn,
                                placed.Database,
                                placed.Login!.Role,
                                "",
                                AttemptOutcome.NotTried,
                                $"{exception.Told} Nothing was tried."
                            )
                        )
                    );
                }
            }
        );
        return ([.. logins.OrderBy(login => login.Role, StringComparer.Ordinal)], [.. failed]);
    }
}
