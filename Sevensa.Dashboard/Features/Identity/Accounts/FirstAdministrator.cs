using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>
/// On a store without accounts, prints the one link that makes the first administrator: whoever can read this program's
/// console may. A restart prints a new one and ends the old.
/// </summary>
internal sealed class FirstAdministrator(
    PersonStore people,
    OneTimeLinkStore links,
    IServer server,
    StartWork start,
    IOptions<IdentityOptions> options,
    IHostEnvironment environment,
    IHostApplicationLifetime lifetime
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await start.Done.WaitAsync(stoppingToken);
        if (environment.IsSandbox() || await people.AnyAsync(stoppingToken))
        {
            return;
        }
        var started = new TaskCompletionSource();
        await using var _ = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        var token = await links.AddAsync(LinkPurpose.FirstAdministrator, null, stoppingToken);
        var link = $"{BaseUrl(server, options.Value)}/first-administrator?token={token}";
        Console.WriteLine();
        Console.WriteLine("There is no account yet. Make the first administrator here (works once, for 24 hours):");
        Console.WriteLine($"  {link}");
        Console.WriteLine();
    }

    public static string BaseUrl(IServer server, IdentityOptions options)
    {
        if (options.PublicUrl is { Length: > 0 } url)
        {
            return url.TrimEnd('/');
        }
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost";
        // Listening on all addresses is not an address that a browser can open.
        return address
            .Replace("[::]", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "localhost", StringComparison.Ordinal)
            .Replace("//+", "//localhost", StringComparison.Ordinal)
            .Replace("//*", "//localhost", StringComparison.Ordinal)
            .TrimEnd('/');
    }
}
