using System.Collections.Concurrent;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>
/// Keeps the files of this host's secrets as Vault has them: looked at every few seconds, and right before a container that has
/// them is started. Who is restarted is for plans that were approved; who only wants a signal is sent it here.
/// </summary>
internal sealed class SecretFiles(
    SecretSettings settings,
    HostVault vault,
    SecretFolder folder,
    HostBook book,
    IDockerEngine engine,
    IDockerWorks works,
    TimeProvider time,
    ILogger log
) : IDisposable
{
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>So long a standby of Vault's may still show the version before.</summary>
    public static readonly TimeSpan StandbyLag = TimeSpan.FromMilliseconds(300);

    private readonly SemaphoreSlim turn = new(1);
    private readonly Dictionary<HandedSecret, int> handed = [];
    private readonly ConcurrentDictionary<HandedSecret, bool> untold = new();
    private readonly Dictionary<HandedSecret, string> troubles = [];

    public void Dispose() => turn.Dispose();

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                foreach (var secret in settings.Secrets)
                {
                    await LookAsync(secret, cancellation);
                }
                await Task.Delay(LookEvery, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The runner ends; the files stay for whoever is restarted meanwhile.
        }
    }

    /// <summary>Brings what a container has mounted up to date before it is started.</summary>
    /// <exception cref="StepException">One of its secrets can't be had: it would start with a value that may be wrong.</exception>
    public async Task BeforeStartAsync(string containerId, CancellationToken cancellation)
    {
        if (await engine.InspectAsync(containerId, cancellation) is not { } facts)
        {
            return;
        }
        foreach (var secret in settings.Secrets.Where(secret => Has(facts, secret)))
        {
            try
            {
                await PutAsync(secret, freshest: true, cancellation);
            }
            catch (SecretException exception)
            {
                throw new StepException(
                    "secretUnread",
                    $"{facts.Name} was left as it is, since its files of {secret.Full} may be out of date: {exception.Message}"
                );
            }
        }
    }

    /// <summary>One look at one secret; a trouble is told once, and again when it is another.</summary>
    public async Task LookAsync(HandedSecret secret, CancellationToken cancellation)
    {
        try
        {
            await PutAsync(secret, freshest: false, cancellation);
            await SignalAsync(secret, cancellation);
            if (troubles.Remove(secret))
            {
                log.SecretHandedAgain(secret.Full);
            }
        }
        catch (Exception exception) when (exception is SecretException or EngineException)
        {
            if (troubles.GetValueOrDefault(secret) != exception.Message)
            {
                troubles[secret] = exception.Message;
                log.SecretNotHanded(secret.Full, exception.Message);
            }
        }
    }

    private bool Has(ContainerFacts facts, HandedSecret secret) =>
        SecretMounts.PlaceOf(facts, settings.Folder, secret.Tenant, secret.Path) is not null;

    private async Task PutAsync(HandedSecret secret, bool freshest, CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            var version = await vault.VersionAsync(secret, cancellation);
            if (freshest && handed.TryGetValue(secret, out var before) && version == before)
            {
                await Task.Delay(StandbyLag, time, cancellation);
                version = await vault.VersionAsync(secret, cancellation);
            }
            if (version is not { } number)
            {
                throw new SecretException(
                    $"Vault has no version of {secret.Full} that lives. What was handed out before stays."
                );
            }
            if (handed.TryGetValue(secret, out var has) && has == number)
            {
                return;
            }
            var values =
                await vault.ValuesAsync(secret, number, cancellation)
                ?? throw new SecretException($"Version {number} of {secret.Full} went while it was read.");
            var (changed, leftOut) = folder.Put(secret, values);
            handed[secret] = number;
            if (changed)
            {
                untold[secret] = true;
                log.SecretHanded(number, secret.Full, folder.Of(secret));
            }
            if (leftOut.Count > 0)
            {
                log.SecretKeysLeftOut(secret.Full, string.Join(", ", leftOut));
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Who is not restarted for a new value, and wants to be told of it.</summary>
    private async Task SignalAsync(HandedSecret secret, CancellationToken cancellation)
    {
        // Taken before it is told: what is new meanwhile is told again.
        if (!untold.TryRemove(secret, out _))
        {
            return;
        }
        try
        {
            await TellAsync(secret, cancellation);
        }
        catch
        {
            untold[secret] = true;
            throw;
        }
    }

    private async Task TellAsync(HandedSecret secret, CancellationToken cancellation)
    {
        foreach (var facts in book.Containers.Where(facts => facts.State == "running" && Has(facts, secret)))
        {
            if (SignalRule.Of(facts, secret) is not { } signal)
            {
                continue;
            }
            var described = await works.DescribeAsync(facts.Id, cancellation);
            if (described is null)
            {
                continue;
            }
            if (SignalRule.WhyNot(signal, facts, described) is { } why)
            {
                log.SignalNotSent(facts.Name, signal, secret.Full, why);
                continue;
            }
            await engine.SignalAsync(facts.Id, signal, cancellation);
            log.SignalSent(facts.Name, signal, secret.Full);
        }
    }
}
