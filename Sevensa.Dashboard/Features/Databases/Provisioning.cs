using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>What all kinds that change an instance begin with, and how they tell of their steps.</summary>
internal static class Provisioning
{
    /// <exception cref="CannotPlanException">There is none of that name.</exception>
    public static Instance Find(InstanceRegistry registry, string name) =>
        registry.All.FirstOrDefault(one => one.Name == name)
        ?? throw new CannotPlanException(
            $"There is no instance \"{Platform.Storage.StoreText.Shorten(name, 60)}\". There {(registry.All.Count == 0 ? "are none: Databases:Instances" : $"are {string.Join(", ", registry.All.Select(one => one.Name))}")}."
        );

    /// <summary>Looks anew.</summary>
    /// <exception cref="UpstreamException">The instance does not answer.</exception>
    public static async Task<InstanceFacts> LookAsync(
        DatabaseCatalogue databases,
        Instance instance,
        CancellationToken cancellation
    )
    {
        await databases.ForgetAsync(instance.Name, cancellation);
        var (facts, fault) = await databases.LookAsync(instance, cancellation);
        return fault is not null ? throw fault : facts!;
    }

    /// <exception cref="CannotPlanException">Vault has no address.</exception>
    public static IVaultedCredentials Vault(IEnumerable<IVaultedCredentials> vaults) =>
        vaults.FirstOrDefault()
        ?? throw new CannotPlanException(
            "Credentials go into Vault and nowhere else, and Vault has no address. Set Vault:Address."
        );
}

/// <summary>Tells which step is under way; whoever takes the report fills in id, number and time.</summary>
internal sealed class StepReports(Func<ActionReport, Task> report)
{
    private int current;

    public Task BeginAsync(int number) => TellAsync(current = number, "started", null);

    public Task DoneAsync() => TellAsync(current, "done", null);

    /// <param name="number">Of the step that failed before it was begun.</param>
    public Task FailAsync(string why, int? number = null) => TellAsync(number ?? current, "failed", why);

    public Task SayAsync(string text) => report(new ActionReport("", 0, default, "output", current, null, text));

    private Task TellAsync(int number, string status, string? text) =>
        report(new ActionReport("", 0, default, "step", number, status, text));
}
