using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>The rules of Loki's ruler: YAML, with groups by namespace. (Grafana Loki, HTTP API, "List rule groups".)</summary>
internal static class LokiRules
{
    private const int Longest = 4 * 1024 * 1024;

    /// <summary>All of an answer, as it came.</summary>
    /// <exception cref="InvalidDataException">It is not what a ruler sends.</exception>
    public static async Task<string> ReadAsync(Stream body, CancellationToken cancellation)
    {
        var bytes = new byte[64 * 1024];
        using var all = new MemoryStream();
        while (await body.ReadAsync(bytes, cancellation) is > 0 and var read)
        {
            all.Write(bytes, 0, read);
            if (all.Length > Longest)
            {
                throw new InvalidDataException("It is longer than any file of rules.");
            }
        }
        var text = Encoding.UTF8.GetString(all.GetBuffer(), 0, (int)all.Length);
        return IsMapping(text) ? text : throw new InvalidDataException("It is no mapping of namespaces.");
    }

    private static bool IsMapping(string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents is [{ RootNode: YamlMappingNode }];
        }
        catch (YamlException)
        {
            return false;
        }
    }
}
