using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Adds our infos to an answer of Prometheus, in the member where newer servers put their own.</summary>
internal static class InfosInAnswer
{
    /// <summary>Reads the whole answer: it is only used where a selector can never match, so the answer is small.</summary>
    public static async Task WriteAsync(
        Stream from,
        Stream to,
        IReadOnlyList<string> infos,
        CancellationToken cancellation
    )
    {
        var answer = (await JsonNode.ParseAsync(from, cancellationToken: cancellation))!.AsObject();
        var all = answer["infos"] as JsonArray ?? [];
        foreach (var info in infos)
        {
            all.Add(info);
        }
        answer["infos"] = all.Parent is null ? all : all.DeepClone();
        await JsonSerializer.SerializeAsync(to, answer, cancellationToken: cancellation);
    }
}
