using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>
/// Role by endpoint by tenant, over every endpoint that the running program has: 401 without a token, 403 for what a role may not
/// do, 404 for a tenant that is not one's own. Which policy guards an endpoint is read from it; who a policy is for is said here.
/// </summary>
public sealed partial class RightsMatrixTests(RightsMatrixTests.Company company)
    : IClassFixture<RightsMatrixTests.Company>
{
    private const string Own = "rentguy";
    private const string Foreign = "witcom";

    /// <summary>
    /// Everybody of the matrix, all of them of one tenant but the administrator; the custom role proposes, and neither decides,
    /// handles alerts nor hands in scans.
    /// </summary>
    private static readonly string[] everybody =
    [
        "client",
        "viewer",
        "approver",
        "custom",
        "operator",
        "program",
        "admin",
    ];

    /// <summary>Whom each policy is for, as the contract has it; the weakest first.</summary>
    private static readonly Dictionary<string, string[]> mayPass = new()
    {
        [Policies.Portal] = everybody,
        [Policies.Read] = ["viewer", "approver", "custom", "operator", "program", "admin"],
        [AuditAccess.Policy] = ["viewer", "approver", "custom", "operator", "program", "admin"],
        [Policies.Decide] = ["viewer", "approver", "custom", "operator", "program", "admin"],
        [Policies.Propose] = ["custom", "operator", "program", "admin"],
        [Policies.Alerts] = ["operator", "program", "admin"],
        [Policies.Approve] = ["approver", "operator", "admin"],
        [Policies.ScansWrite] = ["operator", "program", "admin"],
        [Policies.Admin] = ["admin"],
        [Policies.Runner] = [],
    };

    /// <summary>What programs may ask without a token; everything else needs one.</summary>
    private static readonly string[] open =
    [
        "/api/v1/hooks/alertmanager",
        "/api/v1/hooks/grafana",
        "/api/v1/hooks/uptime-kuma",
    ];

    [Fact]
    public void Every_endpoint_for_programs_names_a_policy_that_the_matrix_knows()
    {
        Assert.True(company.Endpoints.Count > 80, $"only {company.Endpoints.Count} endpoints were found");
        Assert.All(
            company.Endpoints,
            endpoint =>
                Assert.True(
                    endpoint.Policy is null ? open.Contains(endpoint.Pattern) : mayPass.ContainsKey(endpoint.Policy),
                    $"{endpoint} is guarded by \"{endpoint.Policy}\"; say in this matrix whom that is for"
                )
        );
    }

    [Fact]
    public Task Without_a_token_it_is_401() =>
        EachAsync(
            from endpoint in company.Endpoints
            where endpoint.Policy is not null
            select (endpoint, "nobody", Own),
            status => status == 401
        );

    [Fact]
    public Task What_a_role_may_not_do_is_403() =>
        EachAsync(
            from endpoint in company.Endpoints
            where endpoint.Policy is not null and not Policies.Runner
            from who in everybody.Except(mayPass[endpoint.Policy!])
            select (endpoint, who, Own),
            status => status == 403
        );

    [Fact]
    public Task A_tenant_that_is_not_ones_own_is_404_whatever_is_to_be_done_with_it() =>
        EachAsync(
            from endpoint in company.Endpoints
            where endpoint.Pattern.Contains("{tenant}", StringComparison.Ordinal) && endpoint.Policy is not null
            from who in everybody.Where(who => who != "admin")
            from tenant in new[] { Foreign, "nowhere" }
            select (endpoint, who, tenant),
            status => status == 404
        );

    [Fact]
    public Task Whoever_may_passes_the_door() =>
        EachAsync(
            from endpoint in company.Endpoints
            where endpoint.Policy is not null and not Policies.Runner
            // The weakest and the strongest; those between pass the same door.
            from who in new[] { mayPass[endpoint.Policy!][0], mayPass[endpoint.Policy!][^1] }.Distinct()
            select (endpoint, who, Own),
            status => status is not 401 and < 500 or 501 or 502 or 503
        );

    private async Task EachAsync(IEnumerable<(Door Endpoint, string Who, string Tenant)> cells, Func<int, bool> isRight)
    {
        var wrong = new ConcurrentBag<string>();
        var tried = 0;
        await Parallel.ForEachAsync(
            cells,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = 8,
                CancellationToken = TestContext.Current.CancellationToken,
            },
            async (cell, cancellation) =>
            {
                Interlocked.Increment(ref tried);
                var (endpoint, who, tenant) = cell;
                using var request = endpoint.Request(tenant);
                if (company.Tokens.TryGetValue(who, out var token))
                {
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                }
                using var answer = await company.Client.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    cancellation
                );
                if (!isRight((int)answer.StatusCode))
                {
                    wrong.Add($"{endpoint} as {who} for {tenant}: {(int)answer.StatusCode}");
                }
            }
        );
        Assert.True(tried > 50, $"only {tried} were tried");
        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {tried}:\n" + string.Join("\n", wrong.Order().Take(60)));
    }

    /// <summary>An endpoint with a verb.</summary>
    /// <param name="Policy">The last it names, as authorization does; null when anybody may enter.</param>
    public sealed record Door(string Method, string Pattern, string? Policy)
    {
        public HttpRequestMessage Request(string tenant)
        {
            var address = Parameter()
                .Replace(
                    Pattern,
                    match =>
                        match.Groups["name"].Value == "tenant" ? tenant
                        : match.Value.Contains(":int", StringComparison.Ordinal) ? "1"
                        : "x"
                );
            var request = new HttpRequestMessage(new HttpMethod(Method), address);
            if (Method is not ("GET" or "DELETE" or "HEAD"))
            {
                request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            }
            return request;
        }

        public override string ToString() => $"{Method} {Pattern}";
    }

    /// <summary>The program with one person of each role, all for one tenant, and a program of its own.</summary>
    public sealed class Company : SandboxApp
    {
        public IReadOnlyList<Door> Endpoints { get; private set; } = [];
        public Dictionary<string, string> Tokens { get; } = [];
        public HttpClient Client { get; private set; } = null!;

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Client = Anonymous();
            Client.Timeout = TimeSpan.FromSeconds(60);
            Endpoints =
            [
                .. Services
                    .GetServices<EndpointDataSource>()
                    .SelectMany(source => source.Endpoints)
                    .OfType<RouteEndpoint>()
                    .SelectMany(DoorsOf)
                    .Distinct(),
            ];
            var admin = new Caller(
                "matrix",
                "Matrix",
                Role.Admin,
                IsPerson: true,
                TenantSet.All,
                ApiScopes.All,
                "matrix"
            );
            var desk = Services.GetRequiredService<AccountDesk>();
            var clients = Services.GetRequiredService<ApiClients>();
            var custom = await Services
                .GetRequiredService<RoleDesk>()
                .CreateAsync(
                    admin,
                    "matrix-role",
                    new RoleChange(
                        "Matrix",
                        "",
                        RolePermissions.Portal | RolePermissions.Read | RolePermissions.Propose
                    ),
                    null,
                    CancellationToken.None
                );
            foreach (var role in Enum.GetValues<Role>().Where(role => role != Role.Admin))
            {
                var name = role.ToString().ToLowerInvariant();
                var (person, _) = await desk.CreateAsync(
                    admin,
                    $"matrix-{name}",
                    new AccountChange(name, role, [Own], role == Role.Custom ? custom.Id : null),
                    null,
                    CancellationToken.None
                );
                await AddAsync(
                    name,
                    new ApiClient($"matrix-{name}", name, person.Id, role, [], ApiScopes.All) { IsConsented = true }
                );
            }
            await AddAsync(
                "program",
                new ApiClient(
                    "matrix-program",
                    "Program",
                    null,
                    Role.Operator,
                    [Own],
                    ApiScopes.Read | ApiScopes.Propose | ApiScopes.ScansWrite
                )
            );
            Tokens["admin"] = await GetTokenAsync("admin");

            async Task AddAsync(string who, ApiClient client)
            {
                await clients.AddAsync(client, client.Id, CancellationToken.None);
                using var answer = await Client.PostAsync(
                    "/connect/token",
                    new FormUrlEncodedContent(
                        new Dictionary<string, string>
                        {
                            ["grant_type"] = "client_credentials",
                            ["client_id"] = client.Id,
                            ["client_secret"] = client.Id,
                        }
                    )
                );
                using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
                Tokens[who] = body.RootElement.GetProperty("access_token").GetString()!;
            }
        }

        private static IEnumerable<Door> DoorsOf(RouteEndpoint endpoint)
        {
            var pattern = "/" + (endpoint.RoutePattern.RawText ?? "").TrimStart('/');
            if (!pattern.StartsWith("/api/v1", StringComparison.Ordinal) && pattern != "/mcp" && pattern != "/mcp/")
            {
                return [];
            }
            var anybody = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            var policy =
                anybody ? null
                : endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>() is [.., { Policy: { } last }] ? last
                : "";
            return (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method => new Door(
                method,
                pattern.TrimEnd('/'),
                policy
            ));
        }
    }

    [GeneratedRegex(@"\{\*{0,2}(?<name>[^}:?]+)[^}]*\}")]
    private static partial Regex Parameter();
}
