using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>
/// The lines that a page holds of a query's answer, newest first. It grows at both ends, and lets go of the far end when it
/// gets too long.
/// </summary>
/// <param name="toNs">Where the range ends, asked each time: now moves on.</param>
/// <param name="most">Lines that are held.</param>
/// <param name="mostCharacters">Of those lines together: some lines are a megabyte each.</param>
internal sealed class LogWindow(
    LokiClient loki,
    TenantScope scope,
    string logQl,
    long fromNs,
    Func<long> toNs,
    int most = 200_000,
    long mostCharacters = 64 * 1024 * 1024
)
{
    public const int PageSize = 500;

    /// <summary>Loki takes lines of clocks that are ahead by up to ten minutes; a range that ends now shows them.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(10);

    private readonly List<(LogLine Line, LogRow Row)> held = [];
    private long? past;

    public IReadOnlyList<LogRow> Rows { get; private set; } = [];

    public IReadOnlyList<LogLine> Lines => [.. held.Select(pair => pair.Line)];

    public bool HasOlder { get; private set; } = true;

    /// <summary>The window let go of lines at its newer end.</summary>
    public bool HasNewer { get; private set; }

    /// <summary>Moments that share more lines than can be paged through.</summary>
    public IReadOnlyList<long> Crowded { get; private set; } = [];

    public async Task OlderAsync(CancellationToken cancellation, int limit = PageSize)
    {
        var edge = held.Count == 0 ? (long?)null : held[^1].Line.TimeUnixNs;
        var pager = new LogPager(
            loki,
            scope,
            logQl,
            fromNs,
            past ?? edge + 1 ?? toNs(),
            LokiDirection.Backward
        ).Knowing(At(edge));
        var page = await pager.NextAsync(limit, cancellation);
        Note(page);
        past = page.Crowded ?? (page.Lines.Count > 0 ? null : past);
        HasOlder = !page.AtEnd;
        var first = held.Count == 0;
        held.AddRange(page.Lines.Select(line => (line, line.Row())));
        if (first)
        {
            CutOlder();
        }
        else if (TooMany(fromEnd: true) is > 0 and var newer)
        {
            held.RemoveRange(0, newer);
            HasNewer = true;
        }
        Rows = [.. held.Select(pair => pair.Row)];
    }

    /// <returns>How many lines came.</returns>
    public async Task<int> NewerAsync(CancellationToken cancellation, int limit = PageSize)
    {
        var edge = held.Count == 0 ? (long?)null : held[0].Line.TimeUnixNs;
        var pager = new LogPager(loki, scope, logQl, edge ?? fromNs, toNs(), LokiDirection.Forward).Knowing(At(edge));
        var page = await pager.NextAsync(limit, cancellation);
        Note(page);
        HasNewer = !page.AtEnd;
        held.InsertRange(0, page.Lines.Reverse().Select(line => (line, line.Row())));
        CutOlder();
        Rows = [.. held.Select(pair => pair.Row)];
        return page.Lines.Count;
    }

    private void CutOlder()
    {
        if (TooMany(fromEnd: false) is > 0 and var older)
        {
            held.RemoveRange(held.Count - older, older);
            HasOlder = true;
            past = null;
        }
    }

    /// <summary>How many have to go, counted from the end that is kept.</summary>
    private int TooMany(bool fromEnd)
    {
        long characters = 0;
        for (var kept = 0; kept < held.Count; kept++)
        {
            characters += held[fromEnd ? held.Count - 1 - kept : kept].Line.Text.Length;
            // What was just asked for is kept in any case.
            if (kept == most || characters > mostCharacters && kept >= 1)
            {
                return held.Count - kept;
            }
        }
        return 0;
    }

    private IEnumerable<LogLine> At(long? edge) =>
        held.Select(pair => pair.Line).Where(line => line.TimeUnixNs == edge);

    private void Note(LogPage page)
    {
        if (page.Crowded is { } moment)
        {
            Crowded = [.. Crowded, moment];
        }
    }
}
