using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Scanning;

/// <summary><c>image.scan</c></summary>
internal sealed class ScanImageKind(IFleet fleet, TimeProvider time) : IActionKind
{
    private const int MostImages = 20;

    public string Name => StepVerbs.ImageScan;

    public string Title(string target) => $"Scan the image of {target}";

    public IReadOnlyCollection<string> ToldInTitle => [];

    public string Description =>
        "Scans what a container or service runs for vulnerabilities, with the scanner that its host's owner has named.";

    public Risk Risk => Risk.Low;

    public JsonElement ParametersSchema { get; } = Schema();

    public string Undo => "None needed: nothing is changed; what was found stays in the list of findings.";

    public Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var named =
            request.Parameters.TryGetProperty("host", out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        var found = ContainerTargets
            .Resolve(fleet, request.Tenant, request.Target, named)
            .Where(container => container.Runs)
            .ToList();
        if (found.Count == 0)
        {
            throw new CannotPlanException($"Nothing of {request.Target} runs. What runs is scanned: start it first.");
        }
        var hosts = found.Select(container => container.HostId).Distinct().ToList();
        if (hosts.Count > 1)
        {
            throw new CannotPlanException(
                $"{request.Target} runs on {string.Join(" and ", found.Select(one => one.HostName).Distinct())}. One action runs on one host: say which with the parameter host."
            );
        }
        var host = Scanning(hosts[0]);
        var images = found.DistinctBy(container => container.Facts.ImageId).ToList();
        var (each, left) = (images.Take(MostImages).ToList(), images.Skip(MostImages).ToList());
        var containers = each.Select(container => World.Planned(container.Facts)).ToList();
        var plan = new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            request.Target.Trim(),
            request.Parameters,
            new PlanExecutor(PlanExecutor.Runner, host.Id, host.Name),
            containers,
            [.. each.Select(container => new PlanChange($"findings of {container.Facts.Image}", null, "scanned anew"))],
            [
                .. each.Select(
                    (container, index) =>
                        new PlanStep(index + 1, Name, container.Facts.Id, $"Scan {container.Facts.Image}")
                ),
            ],
            [
                "every container: it is read and not touched",
                "decisions about findings",
                "other hosts",
                .. left.Select(container =>
                    $"{container.Facts.Image}: one action scans at most {MostImages} images; propose it for {container.Facts.Name}"
                ),
            ],
            new PlanVerification(VerificationKinds.None, 0, "the dashboard has taken each report in"),
            PlanUndo.None("Nothing to undo: nothing was changed."),
            World.Fingerprint(containers)
        );
        return Task.FromResult(new PlanDraft(plan, new PlanEstimate(null, [], null, time.GetUtcNow())));
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([
            .. plan.Containers.SelectMany(planned =>
                World.Differences(
                    planned,
                    fleet.Find(plan.Executor.HostId ?? "", planned.Id) is { } found && found.Facts.Tenant == plan.Tenant
                        ? World.Planned(found.Facts)
                        : null
                )
            ),
        ]);

    private DockerHost Scanning(string id)
    {
        var host =
            fleet.Hosts.FirstOrDefault(one => one.Id == id)
            ?? throw new CannotPlanException("Its host is not known any more.");
        if (host.Presence != HostPresence.Connected)
        {
            throw new CannotPlanException($"{host.Name} is not connected. Bring its runner back, then propose again.");
        }
        return host.Facts?.Kinds.Contains(Name, StringComparer.Ordinal) == true
            ? host
            : throw new CannotPlanException(
                $"{host.Name} scans nothing: its owner has named no scanner. Install Trivy or Grype there and set Runner:Scanner, or hand reports in by API or upload."
            );
    }

    private static JsonElement Schema()
    {
        using var document = JsonDocument.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "host": { "type": "string", "minLength": 1, "maxLength": 63, "description": "Host, when the service runs on several." }
              },
              "required": [],
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}
