using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>
/// On a store without accounts, prints the one link that makes the first administrator: whoever can read this program's
/// console may. A restart prints a new one and ends the old.
/// </summary>
internal sealed class FirstAdministrator(
    PersonStore people,
    OneTimeLinkStore links,
    PublicAddress address,
    StartWork start,
    IHostEnvironment environment,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<FirstAdministrator> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (await start.IsDoneAsync(stoppingToken) && !environment.IsSandbox())
        {
            await LastingWork.OnceAsync("The first administrator's link", TellAsync, log, time, stoppingToken);
        }
    }

    private async Task TellAsync(CancellationToken stoppingToken)
    {
        if (await people.AnyAsync(stoppingToken))
        {
            return;
        }
        var started = new TaskCompletionSource();
        await using var _ = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        var token = await links.AddAsync(LinkPurpose.FirstAdministrator, null, stoppingToken);
        var link = address.Of($"/first-administrator?token={token}");
        Console.WriteLine();
        Console.WriteLine("There is no account yet. Make the first administrator here (works once, for 24 hours):");
        Console.WriteLine($"  {link}");
        Console.WriteLine();
    }
}
