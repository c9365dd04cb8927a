using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers.Unexposing;

/// <summary><c>secret.unexpose</c></summary>
internal sealed class UnexposeSecret(PlanBench bench, IEnumerable<IKeptSecrets> keepers) : IActionKind
{
    public string Name => UnexposedSecrets.Kind;

    public string Title(string target) => $"Take a secret out of the environment of {target}";

    public string TitleOf(ActionPlan plan) =>
        $"Take {UnexposeChoices.VariableOf(plan.Parameters)} out of the environment of {plan.Place()}";

    public IReadOnlyCollection<string> ToldInTitle => ["variable"];

    public string Description =>
        "Makes a service's containers anew with a secret as a file instead of an environment variable (variable: its name). The value is in Vault already and handed out by the host; it is neither read nor sent here.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schemas.Of(UnexposeChoices.Schema, "\"variable\"");

    public string Undo =>
        "The former containers are put back under their names when it fails; later service.rollback with configuration brings the variable back.";

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(bench.Differences(plan));

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var kept =
            keepers.FirstOrDefault() ?? throw new CannotPlanException("Nothing here reads Vault. Set Vault:Address.");
        var replicas = bench.Service(request);
        var (service, host) = (replicas[0].Facts.Service, bench.Host(replicas[0].HostId));
        var choices = UnexposeChoices.Of(request.Parameters, request.Tenant, service, kept);
        var holding = NamespaceSharers.InOrder(
            [
                .. replicas.Where(container =>
                    container.Runs
                    && container.Facts.EnvironmentNames.Contains(choices.Variable, StringComparer.Ordinal)
                ),
            ],
            container => container.Facts
        );
        if (holding.Count == 0)
        {
            throw new CannotPlanException(
                $"No running container of {service} has a variable {choices.Variable}. What is there is on the page Secrets in the open."
            );
        }
        if (holding.FirstOrDefault(container => container.Facts.State == "paused") is { } paused)
        {
            throw new CannotPlanException(
                $"{paused.Facts.Name} is paused. Unpause it on {paused.HostName} first: docker unpause {paused.Facts.Name}"
            );
        }
        var folder = FolderOf(host, request.Tenant, choices);
        bench.Refuse(
            holding,
            [StepVerbs.ContainerUnexpose],
            own => $"docker compose -f compose.yaml -f compose.secrets.yaml up -d {own.Service}"
        );
        await RefuseWhatIsNotThereAsync(kept, request, choices, cancellation);
        return Draft(
            request,
            choices,
            service,
            host,
            replicas,
            [.. holding.Select(container => UnexposedContainer.Of(container, choices, folder))]
        );
    }

    private PlanDraft Draft(
        PlanRequest request,
        UnexposeChoices choices,
        string service,
        DockerHost host,
        IReadOnlyList<HostedContainer> replicas,
        IReadOnlyList<UnexposedContainer> unexposed
    )
    {
        List<HostedContainer> anew = [.. unexposed.Select(one => one.Container)];
        var along = bench.Along(request, anew);
        // One of them may live in another's namespace too: it is made anew for itself, and once.
        List<HostedContainer> touched =
        [
            .. anew.Where(container => along.All.All(other => other.Facts.Id != container.Facts.Id)),
        ];
        return bench.Draft(
            request,
            Name,
            service,
            host,
            new PlanParts(touched)
            {
                Along = along,
                AtLeast = UnexposeNotes.RiskOf(unexposed),
                Changes = [.. unexposed.SelectMany(one => one.Changes), .. PlanBench.ChangesOf(along)],
                Steps = [.. unexposed.Select(one => one.Step), .. PlanBench.StepsOf(along, choices.Grace)],
                Untouched = bench.Untouched(
                    request.Tenant,
                    [.. touched, .. along.All],
                    PlanBench.Volumes(touched),
                    "images, limits and all other variables",
                    $"Vault: nothing is written to {choices.Path}"
                ),
                Undo = new PlanUndo(
                    UndoKinds.Reverse,
                    "The former containers, which are kept until then, are put back under their names with the variable, and you are told."
                ),
                Notes = [.. UnexposeNotes.Of(choices, replicas, unexposed), .. bench.NotesOf(anew, along)],
            }
        );
    }

    private static string FolderOf(DockerHost host, string tenant, UnexposeChoices choices) =>
        host.Facts?.Handed is not { } handed
            ? throw new CannotPlanException(
                $"The runner on {host.Name} hands out no secrets as files, or is too old to tell of it. Have it hand out {tenant}/{choices.Path} first (Runner__Secrets and a sign-in to Vault), then propose again."
            )
        : handed.Has(tenant, choices.Path) ? handed.Folder
        : throw new CannotPlanException(
            $"The runner on {host.Name} does not hand out {tenant}/{choices.Path}. Add it to its Runner__Secrets, let its policy read it, and restart it: systemctl restart sevensa-runner"
        );

    private static async Task RefuseWhatIsNotThereAsync(
        IKeptSecrets kept,
        PlanRequest request,
        UnexposeChoices choices,
        CancellationToken cancellation
    )
    {
        try
        {
            if (await kept.WhyNotAsync(request.Scope, request.Tenant, choices.Path, cancellation) is { } why)
            {
                throw new CannotPlanException(why);
            }
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException(
                $"Whether {choices.Path} is there is not known: {exception.Message}",
                exception
            );
        }
    }
}
