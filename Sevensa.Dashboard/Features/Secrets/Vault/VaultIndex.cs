using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>
/// Where the last write of this dashboard ended (<c>X-Vault-Index</c>). A standby may answer reads by itself, from what it had
/// a moment ago; with this beside the request it hands on to the active node what it does not have yet.
/// </summary>
internal sealed class VaultIndex(TimeProvider time)
{
    private const string Name = "X-Vault-Index";

    /// <summary>A standby follows within a second. A place kept for long would outlive a cluster that is restored.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private string? index;
    private long place;
    private DateTimeOffset noted;

    /// <summary>Remembers what a write was answered with, if it is further than what is remembered.</summary>
    public void Note(HttpResponseMessage answer)
    {
        if (!answer.Headers.TryGetValues(Name, out var values) || values.LastOrDefault() is not { Length: > 0 } told)
        {
            return;
        }
        var now = time.GetUtcNow();
        var at = PlaceOf(told);
        lock (gate)
        {
            if (index is null || at >= place || now - noted > Life)
            {
                (index, place, noted) = (told, at, now);
            }
        }
    }

    /// <summary>Asks for an answer that knows of the last write.</summary>
    public void Put(HttpRequestMessage request)
    {
        lock (gate)
        {
            if (index is null || time.GetUtcNow() - noted > Life)
            {
                return;
            }
            request.Headers.TryAddWithoutValidation(Name, index);
        }
        request.Headers.Add("X-Vault-Inconsistent", "forward-active-node");
    }

    /// <summary>The server can't read it: another one may stand there now.</summary>
    public void Forget()
    {
        lock (gate)
        {
            index = null;
        }
    }

    /// <summary>The number in it; 0 in one of another form, of which the newest is taken.</summary>
    private static long PlaceOf(string told)
    {
        try
        {
            using var inside = JsonDocument.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(told)));
            return
                inside.RootElement.TryGetProperty("value", out var value)
                && long.TryParse(value.ToString(), out var number)
                ? number
                : 0;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            return 0;
        }
    }
}
