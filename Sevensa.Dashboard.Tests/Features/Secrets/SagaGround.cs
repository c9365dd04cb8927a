using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Sandbox.Vault;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>
/// Two services on one secret of a database, whose logins Vault keeps and really changes in a PostgreSQL. They hold what Vault
/// said when they were last started, and can sign in with it or not.
/// </summary>
internal sealed class SagaGround : IAsyncDisposable
{
    public const string Target = "api/login";
    public const string Api = "rentguy-api";
    public const string Worker = "rentguy-worker-1";
    private const string Data = "/v1/secret/data/rentguy/api/login";
    private const string Metadata = "/v1/secret/metadata/rentguy/api/login";
    private static readonly Dictionary<string, string> Root = new() { ["X-Vault-Token"] = "sandbox-root" };
    private static int grounds;
    private readonly SharedInstance instance;
    private readonly string node;
    private readonly string token = Path.GetTempFileName();
    private readonly Workshop first;
    private readonly List<Workshop> others = [];
    private readonly ConcurrentDictionary<string, (string User, string Password)> held = new();
    private readonly ConcurrentDictionary<string, ActionReport> journal = new();
    private readonly ConcurrentDictionary<string, ActionReport> unwritten = new();
    private Deaths? mortal;
    private string? deathsOf;

    private SagaGround(SharedInstance instance, StandIns upstreams, string node)
    {
        (this.instance, Upstreams, this.node) = (instance, upstreams, node);
        File.WriteAllText(token, VaultStandIn.RootToken);
        var number = Interlocked.Increment(ref grounds);
        (UserA, UserB) = ($"rentguy_a_{number}", $"rentguy_b_{number}");
        (RoleA, RoleB) = ($"rentguy-a-{number}", $"rentguy-b-{number}");
        first = NewShop(null, null);
        first.Link.OnDeliver = DeliverAsync;
        first.Link.OnRecall = Recall;
        foreach (var id in (string[])[new('a', 64), new('b', 64)])
        {
            first.Fleet.Change(
                id,
                facts => facts with { Labels = new Dictionary<string, string> { ["sevensa.secret.database"] = Target } }
            );
        }
    }

    public string UserA { get; }
    public string UserB { get; }
    public string RoleA { get; }
    public string RoleB { get; }
    public StandIns Upstreams { get; }
    public Workshop Shop => first;

    /// <summary>Whether a container, by its name, does not come up with a login that it read.</summary>
    public Func<string, (string User, string Password), bool> Breaks { get; set; } = (_, _) => false;

    /// <summary>Whether a container's host does not restart it.</summary>
    public Func<string, bool> Refuses { get; set; } = _ => false;

    /// <summary>Done when a container's process is to end, before it reads what is current.</summary>
    public Func<string, Task> BeforeRestart { get; set; } = _ => Task.CompletedTask;

    /// <summary>Whether the runner dies now: <c>before</c>, <c>amid</c> (restarted, and not in its journal yet) or <c>after</c> a container's restart.</summary>
    public Func<string, string, bool> RunnerDies { get; set; } = (_, _) => false;

    /// <summary>Done when a container has been restarted, before it is known whether it is well.</summary>
    public Func<string, Task> AtRestart { get; set; } = _ => Task.CompletedTask;

    /// <summary>What stands between the dashboards and Vault.</summary>
    public ProxyBefore Proxy { get; } = new();

    /// <summary>What any of the dashboards wrote to its log.</summary>
    public ConcurrentQueue<string> Logs { get; } = [];

    /// <summary>Names of the containers in the order of their restarts.</summary>
    public ConcurrentQueue<string> Restarted { get; } = [];

    public static async Task<SagaGround> StartAsync(SharedInstance instance, string node = "openbao")
    {
        var upstreams = await StandIns.StartAsync();
        upstreams.OpenBao.Postgres = new VaultPostgres(instance.Cluster.ConnectionString);
        var ground = new SagaGround(instance, upstreams, node);
        foreach (var (role, user) in ((string, string)[])[(ground.RoleA, ground.UserA), (ground.RoleB, ground.UserB)])
        {
            await instance.Cluster.RunAsync(
                $"create role {user} login; grant connect on database {SharedInstance.Database} to {user}"
            );
            await ground.VaultAsync(
                "POST",
                $"/v1/database/static-roles/{role}",
                $$"""{"db_name": "shared", "username": "{{user}}", "rotation_period": "24h"}"""
            );
        }
        var password = await ground.KeptAsync(ground.RoleA);
        await ground.VaultAsync(
            "POST",
            Data,
            $$$"""{"data": {"username": "{{{ground.UserA}}}", "password": "{{{password}}}", "host": "db"} }"""
        );
        await ground.VaultAsync(
            "POST",
            Metadata,
            $$$"""{"custom_metadata": {"consumers": "api,worker", "static_roles": "{{{ground.RoleA}}},{{{ground.RoleB}}}", "database": "shared/{{{SharedInstance.Database}}}"} }"""
        );
        // A standby has caught up with all of that.
        upstreams.Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var name in (string[])[Api, Worker])
        {
            ground.held[name] = await ground.CurrentAsync();
        }
        return ground;
    }

    /// <summary>Another dashboard on the same store, which dies at the place with this number of its carrying out a rotation.</summary>
    public Workshop Mortal(int place, out Deaths deaths)
    {
        deaths = mortal = new Deaths(place);
        var shop = NewShop(first, deaths);
        var running = shop.Services.GetRequiredService<DashboardExecution>();
        deaths.Counts = () => deathsOf is { } id && running.IsRunning(id);
        others.Add(shop);
        return shop;
    }

    /// <summary>Which action the death is to come in.</summary>
    public void WatchFor(string proposal) => deathsOf = proposal;

    /// <summary>Nobody is at work on it any more: the next sweep of whoever lives takes it over.</summary>
    public async Task AbandonAsync(string proposal)
    {
        (mortal, deathsOf) = (null, null);
        await first.AbandonAsync(proposal);
    }

    public async Task<(string User, string Password)> CurrentAsync()
    {
        var read = await Upstreams.JsonAsync("openbao", Data, headers: Root);
        return ((string)read["data"]!["data"]!["username"]!, (string)read["data"]!["data"]!["password"]!);
    }

    /// <summary>Vault goes away, or comes back: <c>seal</c>, <c>disk</c> (no room for its audit log) or <c>token</c> (ours has ended).</summary>
    public async Task AwayAsync(string how, bool away)
    {
        if (how == "seal")
        {
            if (away)
            {
                await VaultAsync("POST", "/v1/sys/seal");
            }
            else
            {
                Upstreams.OpenBao.Unseal();
            }
        }
        else if (how == "disk")
        {
            Upstreams.OpenBao.AuditDiskIsFull = away;
        }
        else
        {
            await File.WriteAllTextAsync(token, away ? "hvs.this-one-has-ended" : VaultStandIn.RootToken);
        }
    }

    /// <summary>Vault lets the dashboard do all but this; null: all.</summary>
    public async Task DenyAsync(string? path)
    {
        if (path is null)
        {
            await File.WriteAllTextAsync(token, VaultStandIn.RootToken);
            return;
        }
        var policy = JsonSerializer.Serialize(
            new
            {
                policy = $$"""
                path "*" { capabilities = ["create", "read", "update", "list", "delete", "sudo", "scan"] }
                path "{{path}}" { capabilities = ["deny"] }
                """,
            }
        );
        await VaultAsync("POST", "/v1/sys/policies/acl/limited", policy);
        var (_, _, made) = await Upstreams.SendAsync(
            "openbao",
            "POST",
            "/v1/auth/token/create",
            """{"policies": ["limited"]}""",
            Root
        );
        await File.WriteAllTextAsync(
            token,
            JsonDocument.Parse(made).RootElement.GetProperty("auth").GetProperty("client_token").GetString()
        );
    }

    /// <summary>Somebody else writes a login as the next version.</summary>
    public Task WriteAsync((string User, string Password) login) =>
        VaultAsync(
            "POST",
            Data,
            JsonSerializer.Serialize(
                new
                {
                    data = new
                    {
                        username = login.User,
                        password = login.Password,
                        host = "db",
                    },
                }
            )
        );

    public Task SqlAsync(string sql) => instance.Cluster.RunAsync(sql);

    /// <summary>All bytes of the dashboards' store.</summary>
    public async Task<string> StoreAsync()
    {
        await using var store = await first.Audit.Stores!.CreateDbContextAsync();
        var file = store.Database.GetDbConnection().DataSource;
        var text = new System.Text.StringBuilder();
        foreach (var part in (string[])[file, file + "-wal"])
        {
            if (File.Exists(part))
            {
                text.Append(await File.ReadAllTextAsync(part, System.Text.Encoding.Latin1));
            }
        }
        Assert.True(text.Length > 10_000);
        return text.ToString();
    }

    public async Task<int> VersionAsync() =>
        (int)(await Upstreams.JsonAsync("openbao", Metadata, headers: Root))["data"]!["current_version"]!;

    public async Task<string> KeptAsync(string role) =>
        (string)
            (await Upstreams.JsonAsync("openbao", $"/v1/database/static-creds/{role}", headers: Root))["data"]![
                "password"
            ]!;

    public async Task<IReadOnlyDictionary<string, string>> DataAsync(string path) =>
        (await Upstreams.JsonAsync("openbao", path, headers: Root))["data"]!["data"]!
            .AsObject()
            .ToDictionary(pair => pair.Key, pair => (string)pair.Value!);

    /// <summary>A login that Vault makes by a dynamic role.</summary>
    public async Task<(string Lease, string User, string Password)> GivenAsync(string role)
    {
        var given = await Upstreams.JsonAsync("openbao", $"/v1/database/creds/{role}", headers: Root);
        return ((string)given["lease_id"]!, (string)given["data"]!["username"]!, (string)given["data"]!["password"]!);
    }

    /// <summary>Leases of a role that Vault has: their ids below the role.</summary>
    public async Task<IReadOnlyList<string>> LeasesAsync(string role) =>
        [
            .. (
                await Upstreams.JsonAsync(
                    "openbao",
                    $"/v1/sys/leases/lookup/database/creds/{role}?list=true",
                    headers: Root
                )
            )["data"]!["keys"]!
                .AsArray()
                .Select(key => (string)key!),
        ];

    public async Task VaultAsync(string method, string path, string? body = null)
    {
        var (status, _, text) = await Upstreams.SendAsync("openbao", method, path, body, Root);
        Assert.True(status is 200 or 204, $"{method} {path}: {status} {text}");
    }

    /// <summary>Whether a container can sign in with what it read when it was last started.</summary>
    public Task<bool> SignsInAsync(string container) => OpensAsync(held[container]);

    public string HeldBy(string container) => held[container].User;

    public async Task<bool> OpensAsync((string User, string Password) login)
    {
        try
        {
            await using var connection = await OpenAsync(login);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is "28P01" or "28000")
        {
            return false;
        }
    }

    public async Task<NpgsqlConnection> OpenAsync((string User, string Password) login)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = instance.Cluster.Port,
                Username = login.User,
                Password = login.Password,
                Database = SharedInstance.Database,
                ApplicationName = "somebody-else",
                Pooling = false,
            }.ConnectionString
        );
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Both services hold what is current, and it opens the database.</summary>
    public async Task AllAreWellAsync()
    {
        var current = await CurrentAsync();
        foreach (var name in (string[])[Api, Worker])
        {
            Assert.Equal(current, held[name]);
            Assert.True(await SignsInAsync(name), $"{name} can't sign in");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var shop in others)
        {
            await shop.DisposeAsync();
        }
        await first.DisposeAsync();
        await Upstreams.DisposeAsync();
        File.Delete(token);
    }

    /// <summary>A runner that died amid a restart is away once more, and then has looked what became of it.</summary>
    private byte[]? Recall(string id)
    {
        if (unwritten.TryRemove(id, out var seen))
        {
            journal[id] = seen;
            throw new RunnerUnreachableException("vps-1 is not connected.");
        }
        return journal.TryGetValue(id, out var known) ? Workshop.Bytes(known) : null;
    }

    private void Die(string when, SignedAction action)
    {
        if (RunnerDies(when, action.Plan.Containers[0].Name))
        {
            throw new RunnerUnreachableException("The connection to vps-1 ended.");
        }
    }

    /// <summary>A host's runner with a journal: it does each action once.</summary>
    private async Task<Delivery> DeliverAsync(SignedAction action)
    {
        await (mortal?.PassAsync("before a restart") ?? Task.CompletedTask);
        if (!journal.ContainsKey(action.ActionId))
        {
            Die("before", action);
            Assert.Equal(action.PlanHash, CanonicalJson.Hash(action.Plan, ActionJson.Default.ActionPlan));
            Assert.NotEmpty(action.Approvals);
            var well = true;
            if (action.Plan.Containers.Any(container => Refuses(container.Name)))
            {
                return new Delivery(false, "This host does not restart it.", "localPolicy");
            }
            foreach (var container in action.Plan.Containers)
            {
                Restarted.Enqueue(container.Name);
                await BeforeRestart(container.Name);
                held[container.Name] = await CurrentAsync();
                await AtRestart(container.Name);
                well &= await SignsInAsync(container.Name) && !Breaks(container.Name, held[container.Name]);
            }
            var report = new ActionReport(
                action.ActionId,
                2,
                default,
                "outcome",
                Outcome: well
                    ? new ActionOutcome(ProposalState.Succeeded, "running and healthy")
                    : new ActionOutcome(ProposalState.Failed, "It did not become healthy within 60 s.", Undo: "none")
            );
            unwritten[action.ActionId] = report;
            Die("amid", action);
            unwritten.TryRemove(action.ActionId, out _);
            journal[action.ActionId] = report;
            Die("after", action);
        }
        await (mortal?.PassAsync("after a restart") ?? Task.CompletedTask);
        return new Delivery(true);
    }

    private Workshop NewShop(Workshop? sharing, Deaths? deaths)
    {
        var address = Upstreams.Address(node);
        return new Workshop(
            services =>
            {
                services.AddSingleton(Options.Create(new SecretsOptions { Address = address, TokenFile = token }));
                services.AddLogging(logging =>
                    logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new ToldLines(Logs))
                );
                services.AddSingleton<Upstreams>();
                services.AddSingleton<VaultSession>();
                services.AddTransient(provider => new VaultClient(
                    new HttpClient(
                        new ProxyBefore.Handler(
                            Proxy,
                            deaths is null ? new HttpClientHandler() : new MortalHandler(deaths)
                        ),
                        disposeHandler: false
                    )
                    {
                        BaseAddress = new Uri(address.TrimEnd('/') + "/"),
                    },
                    provider.GetRequiredService<IOptions<SecretsOptions>>(),
                    provider.GetRequiredService<VaultSession>(),
                    provider.GetRequiredService<Upstreams>()
                ));
                services.AddSingleton<IDatabaseLogins>(
                    new DatabaseLogins(
                        new InstanceRegistry(
                            Options.Create(
                                new List<InstanceOptions>
                                {
                                    new()
                                    {
                                        Name = "shared",
                                        Host = "127.0.0.1",
                                        Port = instance.Cluster.Port,
                                        Tls = PostgresTls.Disable,
                                        PasswordFile = instance.ReaderPasswordFile,
                                    },
                                }
                            ),
                            Options.Create(new List<PlacementOptions>())
                        ),
                        new PostgresDoor([])
                    )
                );
                SecretsFeature.AddSecrets(services);
            },
            sharing: sharing
        );
    }

    private sealed class MortalHandler(Deaths deaths) : DelegatingHandler(new HttpClientHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var what = $"{request.Method} {request.RequestUri!.AbsolutePath}";
            await deaths.PassAsync($"before {what}");
            var answer = await base.SendAsync(request, cancellationToken);
            if (request.Method == HttpMethod.Post)
            {
                // What was done there is not known here.
                await deaths.PassAsync($"after {what}");
            }
            return answer;
        }
    }
}

/// <summary>Places at which a dashboard may die: at the chosen one it stands still for ever.</summary>
internal sealed class Deaths(int at)
{
    private readonly TaskCompletionSource<string> died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int passed;
    private string? there;
    private int skip;

    /// <summary>Dies at the place with this beginning instead, the first time after it was passed so many times.</summary>
    public void At(string beginning, int passedBefore = 0) => (there, skip) = (beginning, passedBefore);

    /// <summary>How many places were passed so far.</summary>
    public int Passed => Volatile.Read(ref passed);

    /// <summary>The place, once it has died.</summary>
    public Task<string> Died => died.Task;

    /// <summary>It was a pause and no death.</summary>
    public void GoOn() => woken.TrySetResult();

    /// <summary>Whether what is passed now is a place of the action.</summary>
    public Func<bool> Counts { get; set; } = () => false;

    public async Task PassAsync(string place)
    {
        if (!died.Task.IsCompleted && Counts() && IsIt(place))
        {
            died.TrySetResult(place);
            await woken.Task;
        }
    }

    private bool IsIt(string place) =>
        there is null
            ? Interlocked.Increment(ref passed) - 1 == at
            : place.StartsWith(there, StringComparison.Ordinal) && Interlocked.Decrement(ref skip) == -1;
}
