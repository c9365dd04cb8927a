using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Sandbox.LangGraph;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>The program beside two servers of graphs, one in the manner of each: <c>python</c> and <c>javascript</c>.</summary>
public sealed class GraphHouse : SandboxApp
{
    public const string Key = "key-of-the-graphs-0123456789";

    private static readonly string[] names = ["python", "javascript"];

    private readonly LaterClock clock = new();
    private readonly string keyFile = Path.Combine(Directory.CreateTempSubdirectory("sevensa-graphs-").FullName, "key");
    private readonly string? folder;
    private readonly bool ownsServers;
    private StandInServer? server;

    public GraphHouse()
        : this(null, null) { }

    /// <param name="folder">Of the store, where another program had it before.</param>
    /// <param name="before">Whose servers go on.</param>
    internal GraphHouse(string? folder, GraphHouse? before)
    {
        (this.folder, server, ownsServers) = (folder, before?.server, before is null);
        (Python, JavaScript) = before is null
            ? (new(LangGraphManner.Python, clock) { Key = Key }, new(LangGraphManner.JavaScript, clock) { Key = Key })
            : (before.Python, before.JavaScript);
    }

    internal LangGraphStandIn Python { get; }

    internal LangGraphStandIn JavaScript { get; }

    internal LangGraphStandIn Of(string name) => name == "python" ? Python : JavaScript;

    internal string AddressOf(string name) => server!.AddressOf(name);

    protected override IEnumerable<KeyValuePair<string, string>> Settings
    {
        get
        {
            if (folder is not null)
            {
                yield return KeyValuePair.Create("Storage:Folder", folder);
            }
            foreach (var (number, name) in names.Index())
            {
                var key = $"Graphs:Servers:{number}";
                yield return KeyValuePair.Create($"{key}:Name", name);
                yield return KeyValuePair.Create($"{key}:Url", AddressOf(name));
                yield return KeyValuePair.Create($"{key}:KeyFile", keyFile);
                yield return KeyValuePair.Create($"{key}:Input", "Text");
                yield return KeyValuePair.Create($"{key}:Tenants:0", "rentguy");
                foreach (var (at, graph) in SimulatedThread.Graphs.Append("nothere").Index())
                {
                    yield return KeyValuePair.Create($"{key}:Graphs:{at}", graph);
                }
            }
        }
    }

    public override async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(keyFile, Key);
        server ??= await StandInServer.StartAsync(
            new Dictionary<string, IStandIn> { ["python"] = Python, ["javascript"] = JavaScript }
        );
        await base.InitializeAsync();
        await FleetIsKnownAsync();
    }

    public void Later(TimeSpan by)
    {
        clock.Later(by);
        ForgetTokens();
    }

    protected override void Replace(IServiceCollection services) => services.AddSingleton<TimeProvider>(clock);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(keyFile)!, recursive: true);
        if (ownsServers && server is not null)
        {
            await server.DisposeAsync();
        }
        GC.SuppressFinalize(this);
    }

    internal static async Task<string> StartAsync(HttpClient client, string server, string graph, string text = "Look.")
    {
        using var answer = await client.PostAsJsonAsync(
            Threads,
            new
            {
                server,
                graph,
                text,
            }
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    internal const string Threads = "/api/v1/tenants/rentguy/graphs/threads";

    /// <summary>Waits until a thread is so.</summary>
    internal static async Task<JsonElement> UntilAsync(
        HttpClient client,
        string id,
        string what,
        Func<JsonElement, bool> isSo
    )
    {
        var last = default(JsonElement);
        await Eventually.TrueAsync(
            what,
            async stop => isSo(last = await client.GetFromJsonAsync<JsonElement>($"{Threads}/{id}", stop)),
            because: () => last.ToString()
        );
        return last;
    }

    internal static Task<JsonElement> UntilStateAsync(HttpClient client, string id, string state) =>
        UntilAsync(client, id, $"{id} is {state}", thread => StateOf(thread) == state);

    internal static string StateOf(JsonElement thread) => thread.GetProperty("state").GetString()!;

    internal static JsonElement[] QuestionsOf(JsonElement thread) =>
        [.. thread.GetProperty("questions").EnumerateArray()];

    /// <summary>Waits until it asks so many things, each open or a proposal.</summary>
    internal static async Task<JsonElement[]> AskedAsync(HttpClient client, string id, int count, string state) =>
        QuestionsOf(
            await UntilAsync(
                client,
                id,
                $"{id} asks {count} {state}",
                thread => QuestionsOf(thread).Count(one => StateOf(one) == state) == count
            )
        );
}
