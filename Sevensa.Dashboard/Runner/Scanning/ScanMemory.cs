using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>When each image was scanned last, and by which advisories each list of parts was matched; over restarts too.</summary>
/// <remarks>Read by the schedule while an action writes.</remarks>
internal sealed class ScanMemory
{
    private const string FileName = "scans.list";

    /// <summary>The oldest are forgotten beyond so many: then they are scanned once more.</summary>
    private const int Most = 5000;

    private readonly Lock gate = new();
    private readonly StateFolder state;
    private readonly Dictionary<string, long> known = new(StringComparer.Ordinal);

    public ScanMemory(StateFolder state)
    {
        this.state = state;
        try
        {
            foreach (var line in Encoding.UTF8.GetString(state.Read(FileName) ?? []).Split('\n'))
            {
                if (
                    line.Split(' ') is [{ Length: > 0 } name, var number]
                    && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                )
                {
                    known[name] = value;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What is not known is scanned again.
        }
    }

    public long? this[string name]
    {
        get
        {
            lock (gate)
            {
                return known.TryGetValue(name, out var value) ? value : null;
            }
        }
    }

    /// <summary>A number that can't be written down is known until the next start.</summary>
    public void Put(string name, long value)
    {
        lock (gate)
        {
            known[name] = value;
            if (known.Count > Most)
            {
                known.Remove(known.MinBy(one => one.Value).Key);
            }
            Write();
        }
    }

    private void Write()
    {
        var text = new StringBuilder();
        foreach (var (key, number) in known)
        {
            text.Append(CultureInfo.InvariantCulture, $"{key} {number}\n");
        }
        try
        {
            state.Write(FileName, Encoding.UTF8.GetBytes(text.ToString()));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next one is written with it.
        }
    }
}
