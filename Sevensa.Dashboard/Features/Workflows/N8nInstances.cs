using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Features.Workflows.Running;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>One n8n by the settings, with what asks it and reads its answers.</summary>
internal sealed class N8nInstance(N8nOptions set, Func<N8nClient> client, Func<N8nStart> start, TimeProvider time)
    : IDisposable
{
    /// <summary>What the one is called that the section itself names, where several are told apart.</summary>
    public const string Main = "main";

    public N8nOptions Set => set;

    public string Name => set.Instance ?? Main;

    /// <summary>A client is for one use.</summary>
    public N8nClient Client() => client();

    public N8nStart Start() => start();

    public WorkflowOwners Owners { get; } = new(set);

    public WorkflowReading Reading { get; } = new(set);

    public RunWays Ways { get; } = new(set);

    public WorkflowBook Book { get; } = new(client, time);

    public RunLookup Lookup { get; } = new(client, new WorkflowReading(set));

    /// <summary>A workflow's id as it is told here: with its instance, since the same file imported into two has one id in both.</summary>
    public string IdOf(string workflow) => set.Instance is { } name ? $"{name}:{workflow}" : workflow;

    /// <summary>Whether a text means this workflow; <c>main:</c> may stand before the ids of the unnamed one.</summary>
    public bool Means(string text, string workflow) => text == IdOf(workflow) || text == $"{Name}:{workflow}";

    public void Dispose() => Book.Dispose();
}

/// <summary>The n8n instances that there are by the settings.</summary>
internal sealed class N8nInstances(IEnumerable<N8nInstance> all) : IDisposable
{
    public IReadOnlyList<N8nInstance> All { get; } = [.. all];

    /// <summary>Null when the settings do not name it.</summary>
    /// <param name="name">Null for the one that the section itself names.</param>
    public N8nInstance? Find(string? name) => All.FirstOrDefault(one => one.Name == (name ?? N8nInstance.Main));

    /// <summary>Name of the <see cref="HttpClient"/> for what is asked.</summary>
    public static string ClientOf(N8nOptions set) => set.Upstream;

    /// <summary>Name of the one for what begins runs: where that is not answered, questions still may be.</summary>
    public static string StartOf(N8nOptions set) => $"{set.Upstream} start";

    public static N8nInstances Of(IEnumerable<N8nOptions> sets, IServiceProvider provider)
    {
        var clients = provider.GetRequiredService<IHttpClientFactory>();
        var upstreams = provider.GetRequiredService<Upstreams>();
        var vaults = provider.GetServices<IVaultedPasswords>();
        var time = provider.GetRequiredService<TimeProvider>();
        return new N8nInstances(sets.Where(set => set.IsConfigured).Select(Made));

        N8nInstance Made(N8nOptions set)
        {
            var keys = new N8nKeys(set, vaults);
            return new N8nInstance(
                set,
                () => new N8nClient(Client(ClientOf(set), set), keys, set, upstreams),
                () => new N8nStart(Client(StartOf(set), set), keys, set),
                time
            );
        }

        HttpClient Client(string name, N8nOptions set)
        {
            var http = clients.CreateClient(name);
            http.BaseAddress = new Uri(set.Url!.TrimEnd('/') + "/");
            return http;
        }
    }

    public void Dispose()
    {
        foreach (var one in All)
        {
            one.Dispose();
        }
    }
}

/// <summary>Asks an n8n whether it lets the dashboard in.</summary>
internal sealed class N8nProbe(N8nInstances instances, string? name) : IUpstreamProbe
{
    public string Name { get; } = name is null ? "n8n" : $"n8n {name}";

    public string? Missing => instances.Find(name) is null ? "Set N8n:Url." : null;

    public Task ProbeAsync(CancellationToken cancellation) =>
        instances.Find(name)?.Client().ProbeAsync(cancellation) ?? Task.CompletedTask;
}
