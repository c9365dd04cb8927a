using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>The secrets that senders of alerts share with us: sent as a bearer token, or in <see cref="Header"/> where a proxy takes the other.</summary>
internal sealed class WebhookSecret(IOptions<AlertsOptions> options, IHostEnvironment environment, TimeProvider time)
{
    public const string Header = "X-Webhook-Secret";

    /// <summary>Like its people's password: it exists there and nowhere else.</summary>
    public const string InSandbox = "sandbox";

    private const string Bearer = "Bearer ";
    private const int MostFailures = 20;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string Address, string Sender), (int Count, DateTimeOffset Since)> failures =
        new();

    private readonly ConcurrentDictionary<string, DateTimeOffset> took = new(StringComparer.Ordinal);

    /// <summary>A message with the right secret came.</summary>
    public void Took(HookSender sender) => took[sender.Actor] = time.GetUtcNow();

    /// <summary>When the last one came, since this program was started.</summary>
    public DateTimeOffset? TookAt(HookSender sender) => took.TryGetValue(sender.Actor, out var at) ? at : null;

    public bool IsConfigured(HookSender sender) =>
        sender.File(options.Value) is { Length: > 0 } || environment.IsSandbox();

    /// <summary>Read each time, so that it can be changed without a restart.</summary>
    /// <returns>Null when there is none to compare with: no file, or an empty one, as while it is being changed.</returns>
    public async Task<string?> ExpectedAsync(HookSender sender, CancellationToken cancellation)
    {
        if (sender.File(options.Value) is not { Length: > 0 } file)
        {
            return environment.IsSandbox() ? InSandbox : null;
        }
        try
        {
            return (await File.ReadAllTextAsync(file, cancellation)).Trim() is { Length: > 0 } secret ? secret : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static bool IsRight(HttpRequest request, string expected)
    {
        var given = Given(request);
        // Of hashes, so that not even the length of the secret shows in the time that this takes.
        return CryptographicOperations.FixedTimeEquals(Hash(given ?? ""), Hash(expected)) && given is not null;
    }

    public static bool IsGiven(HttpRequest request) => Given(request) is not null;

    /// <summary>
    /// Whether a sender failed so often from an address that it is answered no more for a minute. Others from there are: one
    /// machine, or a proxy, may send for several, and a monitor's message is sent once.
    /// </summary>
    public bool IsHeldOff(HookSender sender, string address) =>
        failures.TryGetValue((address, sender.Actor), out var entry)
        && entry.Count >= MostFailures
        && time.GetUtcNow() - entry.Since < Window;

    public void Failed(HookSender sender, string address)
    {
        var now = time.GetUtcNow();
        failures.AddOrUpdate(
            (address, sender.Actor),
            (1, now),
            (_, entry) => now - entry.Since < Window ? (entry.Count + 1, entry.Since) : (1, now)
        );
        if (failures.Count > 10_000)
        {
            foreach (var old in failures.Where(pair => now - pair.Value.Since >= Window).ToList())
            {
                failures.TryRemove(old);
            }
        }
    }

    private static string? Given(HttpRequest request)
    {
        var bearer = request.Headers.Authorization.ToString();
        return bearer.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? bearer[Bearer.Length..].Trim()
            : request.Headers[Header].ToString() is { Length: > 0 } header ? header
            : null;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
