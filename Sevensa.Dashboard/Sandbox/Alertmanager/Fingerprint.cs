using System.Globalization;
using System.Text;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Alertmanager;

/// <summary>An alert's fingerprint as Alertmanager makes it: FNV-1a over its labels in order of their names.</summary>
internal static class Fingerprint
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;
    private static readonly byte[] Separator = [0xff];

    public static string Of(LabelSet labels)
    {
        var hash = Offset;
        foreach (var (name, value) in labels.Pairs.ToArray().OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            Add(Encoding.UTF8.GetBytes(name));
            Add(Separator);
            Add(Encoding.UTF8.GetBytes(value));
            Add(Separator);
        }
        return hash.ToString("x16", CultureInfo.InvariantCulture);

        void Add(byte[] bytes)
        {
            foreach (var one in bytes)
            {
                hash = (hash ^ one) * Prime;
            }
        }
    }
}
