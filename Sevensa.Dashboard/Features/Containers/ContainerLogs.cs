using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Features.Containers;

/// <summary>One container's lines, wherever they are: in Docker while it exists, in Loki for as long as it keeps them.</summary>
internal sealed class ContainerLogs(ContainerDirectory directory, ILogs logs, ITenantScopes scopes, TimeProvider time)
{
    /// <summary>The stream label that names the container.</summary>
    public const string Label = "container";

    /// <summary>What Docker is asked for at first.</summary>
    public const int Tail = 500;

    public const int PageSize = 500;

    /// <summary>What Loki usually gives at most.</summary>
    public const int MostAtOnce = 5000;

    /// <summary>How far back Loki is looked through.</summary>
    private static readonly TimeSpan Reach = TimeSpan.FromDays(7);

    /// <returns>Null when no runner knows it (any more); its lines may still be in Loki.</returns>
    public async Task<HostedContainer?> FindAsync(
        Caller caller,
        string tenant,
        string id,
        CancellationToken cancellation
    )
    {
        try
        {
            return await directory.FindAsync(caller, tenant, id, cancellation);
        }
        catch (UnknownContainerException)
        {
            return null;
        }
    }

    public IAsyncEnumerable<ContainerLogLine> FollowAsync(HostedContainer container, CancellationToken cancellation) =>
        directory.FollowAsync(container, Tail, null, cancellation);

    /// <summary>What Loki has of a container of that name before a moment, oldest first.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Loki did not answer.</exception>
    public async Task<IReadOnlyList<LogRow>> BeforeAsync(
        Caller caller,
        string tenant,
        string name,
        DateTimeOffset before,
        int count,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var lines = await logs.RecentAsync(scope, QueryFor(name), before - Reach, before, count, cancellation);
        return [.. lines.Reverse().Select(Row)];
    }

    /// <summary>Containers that logged in the last days and that no runner knows any more.</summary>
    public async Task<IReadOnlyList<string>> GoneAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var known = await directory.ListAsync(caller, tenant, cancellation);
        var now = time.GetUtcNow();
        var names = await logs.LabelValuesAsync(scope, Label, now - Reach, now, cancellation);
        return [.. names.Except(known.Select(container => container.Facts.Name), StringComparer.Ordinal)];
    }

    public static string QueryFor(string name) => new LogSearch().Label(Label, name).ToString();

    public static LogRow Row(ContainerLogLine line) => Row(line.TimeUnixNs, line.Text, line.Stream, []);

    private static LogRow Row(LogLine line) =>
        Row(
            line.TimeUnixNs,
            line.Text,
            line.Labels.GetValueOrDefault("stream") ?? "Loki",
            [.. line.Labels.Where(label => label.Key != LogQlScoper.TenantIdLabel)]
        );

    // The same line from Docker and from Loki has the same address: collectors keep Docker's time.
    private static LogRow Row(
        long timeUnixNs,
        string text,
        string source,
        IReadOnlyCollection<KeyValuePair<string, string>> labels
    ) =>
        new(
            // Of the text a digest that cannot be met on purpose: a line may be long, and its address is kept twice.
            string.Create(
                CultureInfo.InvariantCulture,
                $"{timeUnixNs}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12))}"
            ),
            DateTimeOffset.UnixEpoch.AddTicks(timeUnixNs / 100),
            LogLevels.Of(
                labels.FirstOrDefault(label => label.Key is "detected_level" or "level").Value ?? LogLevels.In(text)
            ),
            source,
            text,
            labels
        );
}
