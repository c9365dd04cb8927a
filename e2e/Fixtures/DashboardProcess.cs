using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>
/// The program in its web role, as a process of its own, in the Sandbox environment unless the settings say otherwise.
/// Killed and started again it finds the same folder and address.
/// </summary>
public sealed class DashboardProcess : IAsyncLifetime
{
    private readonly Dictionary<string, string?> settings;
    private readonly string folder = Workspace.NewFolder("dash");
    private readonly int port;
    private readonly HttpClient http;
    private readonly string program;
    private ServerProcess? process;

    /// <summary>For use as a fixture of a test class: the whole Sandbox.</summary>
    public DashboardProcess()
        : this([]) { }

    /// <param name="settings">Configuration by key (<c>Prometheus:Url</c>), given to the process as environment.</param>
    /// <param name="port">Where it listens, when somebody had to know before; else a free one.</param>
    /// <param name="program">Another build of the program than the one that was built with the tests.</param>
    internal DashboardProcess(
        IEnumerable<KeyValuePair<string, string?>> settings,
        int? port = null,
        string? program = null
    )
    {
        this.program = program ?? Workspace.DashboardAssembly;
        this.port = port ?? Workspace.FreePort();
        this.settings = new(settings);
        http = new HttpClient { BaseAddress = Url };
    }

    /// <summary>The Sandbox with settings of its own, for what is no class fixture.</summary>
    /// <param name="settings">Configuration by key (<c>Prometheus:Url</c>), given to the process as environment.</param>
    /// <param name="program">Another build of the program than the one that was built with the tests.</param>
    public static DashboardProcess With(IEnumerable<KeyValuePair<string, string?>> settings, string? program = null) =>
        new(settings, program: program);

    public Uri Url => new($"http://127.0.0.1:{port}");

    /// <summary>Asks without a token; addresses are relative to <see cref="Url"/>.</summary>
    public HttpClient Http => http;

    /// <summary>Its data folder.</summary>
    public string Folder => Path.Combine(folder, "data");

    public ServerProcess Process => process ?? throw new InvalidOperationException("The dashboard was not started");

    public ValueTask InitializeAsync() => new(StartAsync());

    public async Task StartAsync()
    {
        if (!File.Exists(program))
            throw new InvalidOperationException($"{program} is missing: build the solution first");
        if (process is not null)
            await process.DisposeAsync();
        process = ServerProcess.Start(
            "dashboard",
            "dotnet",
            [program],
            Environments.Of(
                settings,
                ("ASPNETCORE_ENVIRONMENT", "Sandbox"),
                // What a circuit refuses stands in the page's console, which a failed story keeps, with its reason.
                ("DetailedErrors", "true"),
                ("ASPNETCORE_URLS", Url.ToString().TrimEnd('/')),
                ("Storage__Folder", Folder)
            ),
            folder
        );
        await process.ReadyAsync(async token =>
        {
            using var answer = await http.GetAsync(new Uri("/healthz", UriKind.Relative), token);
            return answer.StatusCode == HttpStatusCode.OK;
        });
    }

    /// <summary>Ends it as a power cut would.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Ends it as an update would.</summary>
    public Task StopAsync() => Process.StopAsync();

    /// <summary>A client of the API that acts for one of the Sandbox's people (or <c>automation</c>).</summary>
    public async Task<HttpClient> ClientOfAsync(string person, params string[] scopes)
    {
        var client = new HttpClient { BaseAddress = Url };
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = $"sandbox-{person}",
            ["client_secret"] = $"sandbox-{person}",
        };
        if (scopes.Length > 0)
            form["scope"] = string.Join(' ', scopes);
        using var answer = await client.PostAsync(
            new Uri("/connect/token", UriKind.Relative),
            new FormUrlEncodedContent(form)
        );
        var body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(
                $"/connect/token answered {(int)answer.StatusCode}: {body}{Process.Tail()}"
            );
        var token = JsonNode.Parse(body)!["access_token"]!.GetValue<string>();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>The program in its runner role, as a process of its own.</summary>
public sealed class RunnerProcess : IAsyncDisposable
{
    private readonly string folder = Workspace.NewFolder("run");
    private readonly Uri hub;
    private readonly string tokenFile;
    private readonly Dictionary<string, string?> settings;
    private readonly string program;

    /// <param name="dashboard">Address of the dashboard.</param>
    /// <param name="enrolmentToken">The one-time token; it is handed over in a file.</param>
    /// <param name="settings">Configuration by key (<c>Runner:Docker</c>, <c>Runner:Name</c>, <c>Runner:Metrics</c>).</param>
    /// <param name="program">
    /// Another build than the one that was built with the tests: of the dashboard's program (<c>.dll</c>), or the native runner.
    /// </param>
    public RunnerProcess(
        Uri dashboard,
        string enrolmentToken,
        IEnumerable<KeyValuePair<string, string?>> settings,
        string? program = null
    )
    {
        this.program = program ?? Workspace.DashboardAssembly;
        hub = dashboard;
        tokenFile = Path.Combine(folder, "enrolment-token");
        File.WriteAllText(tokenFile, enrolmentToken);
        File.SetUnixFileMode(tokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        this.settings = new(settings);
    }

    /// <summary>Its folder: journal and pinned key.</summary>
    public string Folder => Path.Combine(folder, "data");

    public ServerProcess? Process { get; private set; }

    /// <summary>Starts it (again). It is there when the dashboard says that the host is present, not when this returns.</summary>
    public async Task StartAsync()
    {
        if (Process is not null)
            await Process.DisposeAsync();
        string[] arguments = ["--hub", hub.ToString(), "--enrolment-token-file", tokenFile];
        var isNative = !program.EndsWith(".dll", StringComparison.Ordinal);
        Process = ServerProcess.Start(
            "runner",
            isNative ? program : "dotnet",
            isNative ? arguments : [program, "runner", .. arguments],
            Environments.Of(settings, ("DOTNET_ENVIRONMENT", "Production"), ("Runner__State", Folder)),
            folder
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
            await Process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

internal static class Environments
{
    /// <summary>Configuration keys as variables, over defaults, with nothing inherited that would change the program.</summary>
    internal static Dictionary<string, string?> Of(
        IEnumerable<KeyValuePair<string, string?>> settings,
        params (string Key, string Value)[] defaults
    )
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["ASPNETCORE_ENVIRONMENT"] = null,
            ["DOTNET_ENVIRONMENT"] = null,
            ["ASPNETCORE_URLS"] = null,
            ["ASPNETCORE_HTTP_PORTS"] = null,
        };
        foreach (var (key, value) in defaults)
            all[key] = value;
        foreach (var (key, value) in settings)
            all[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        return all;
    }
}
