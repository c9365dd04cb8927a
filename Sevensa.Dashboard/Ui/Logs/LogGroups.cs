using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Ui.Logs;

/// <summary>
/// Puts a stack trace that came line by line under the line it belongs to. Lines of one stream go together while the next
/// looks like the middle of something: indented, or beginning as traces of the common runtimes go on.
/// </summary>
public static partial class LogGroups
{
    /// <summary>Longer ones are shown in parts.</summary>
    public const int MostLines = 500;

    /// <summary>A trace is written at once; what comes later is another.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <param name="rows">In order of time, one way or the other.</param>
    /// <param name="newestFirst">Which way.</param>
    public static IReadOnlyList<LogRow> Join(IReadOnlyList<LogRow> rows, bool newestFirst)
    {
        var any = false;
        for (var i = 0; i < rows.Count && !any; i++)
        {
            any = Continues(rows[i].Text);
        }
        if (!any)
        {
            return rows;
        }
        var joined = new List<LogRow>(rows.Count);
        // The open block of each stream: where it stands in the result, and its lines in order of time.
        var open = new Dictionary<string, (int At, List<LogRow> Lines)>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = newestFirst ? rows[rows.Count - 1 - i] : rows[i];
            var isOpen = open.TryGetValue(row.Stream, out var block);
            if (
                isOpen
                && Continues(row.Text)
                && block.Lines.Count < MostLines
                && row.At - block.Lines[^1].At <= Longest
                && row.IsContext == block.Lines[0].IsContext
            )
            {
                block.Lines.Add(row);
                continue;
            }
            if (isOpen)
            {
                Put(joined, block.At, block.Lines);
            }
            open[row.Stream] = (joined.Count, [row]);
            joined.Add(row);
        }
        foreach (var (at, lines) in open.Values)
        {
            Put(joined, at, lines);
        }
        if (newestFirst)
        {
            joined.Reverse();
        }
        return joined;
    }

    private static void Put(List<LogRow> joined, int at, List<LogRow> lines)
    {
        if (lines.Count > 1)
        {
            var head = lines[0];
            joined[at] = head with
            {
                Text = string.Join('\n', lines.Select(line => line.Text)),
                Lines = lines.Count,
                Level = lines.Max(line => line.Level),
            };
        }
    }

    /// <summary>Whether a line looks like the middle of a message rather than its beginning.</summary>
    public static bool Continues(string line) =>
        line.Length > 0
        && (
            line[0] is ' ' or '\t' && line.AsSpan().Trim().Length > 0
            || line[0] is 'C' or 'S' or '.' or '-' or 'a' or '}' && Inner().IsMatch(line)
        );

    [GeneratedRegex(
        @"^(Caused by: |Suppressed: |\.\.\. \d+ (more|common frames)|at [\w$.<>]+[(:]|--- End of |\}\s*$)",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Inner();
}
