using Microsoft.JSInterop;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Ui.Components;

/// <summary>
/// Which rows are rendered. The browser says where its reader is before the rendered ones run out, so that a fast wheel meets
/// rows; and rows that come or go above do not move what is read.
/// </summary>
public partial class LogView
{
    /// <summary>Rows that are seen at once, until the browser has told.</summary>
    private const int Usual = 30;
    private const int MostVisible = 200;

    /// <summary>Rows rendered beyond what is seen, each way; measured: a round trip of a fast wheel.</summary>
    private const int Spare = 120;

    /// <summary>At the end nothing is scrolled to but what is above.</summary>
    private const int SpareAtEnd = 40;

    private int _start;
    private int _visible = Usual;

    private int Wanted => _visible + (Following && CanFollow ? SpareAtEnd : 2 * Spare);

    private int Shown => Math.Min(Wanted, _rows.Count - _start);

    /// <summary>The reader's first row, counted from the first of all, and how many are seen; the first is where they will be soon.</summary>
    [JSInvokable]
    public void Looked(int first, int visible)
    {
        if (Disposed || (Following && CanFollow))
            return;
        _visible = Math.Clamp(visible, 1, MostVisible);
        _start = Within(Math.Max(0, first) - Spare);
        StateHasChanged();
    }

    private void ToEnd() => _start = Within(_rows.Count - Wanted);

    private int Within(int start) => Math.Clamp(start, 0, Math.Max(0, _rows.Count - Wanted));

    /// <summary>Rows that came above the reader's, or went from there, move the window with them.</summary>
    private async Task KeepPlaceAsync(IReadOnlyList<LogRow> before)
    {
        if (Following && CanFollow)
        {
            ToEnd();
            return;
        }
        var moved = Moved(before, _rows);
        _start = Within(_start + moved);
        // Told before the rows are rendered: the browser moves in the same frame in which they appear.
        if (moved != 0 && _scroll is not null)
            await _scroll.InvokeVoidAsync("move", Alive, moved, !NewestFirst);
    }

    /// <summary>How many rows further down one that was there before is now.</summary>
    private static int Moved(IReadOnlyList<LogRow> before, IReadOnlyList<LogRow> now)
    {
        // The first may have been joined to what came above it.
        for (var was = 0; was < Math.Min(before.Count, 20); was++)
            if (At(now, before[was].Id) is >= 0 and var at)
                return at - was;
        return now.Count > 0 && At(before, now[0].Id) is > 0 and var gone ? -gone : 0;
    }

    private static int At(IReadOnlyList<LogRow> rows, string id)
    {
        for (var i = 0; i < rows.Count; i++)
            if (rows[i].Id == id)
                return i;
        return -1;
    }
}
