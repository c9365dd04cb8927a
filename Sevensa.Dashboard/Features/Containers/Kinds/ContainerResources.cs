using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary><c>container.resources</c></summary>
internal sealed class ContainerResources(PlanBench bench, IUsageViewers looks) : IActionKind
{
    private const long MiB = 1024 * 1024;

    public string Name => StepVerbs.ContainerResources;

    public string Title(string target) => $"Change the limits of {target}";

    public string TitleOf(ActionPlan plan) =>
        $"{Title(plan.Place())}: {string.Join(", ", plan.Changes.Select(change => $"{change.What.Split(" of ", 2)[0]} {change.Before} → {change.After}").Distinct())}";

    public IReadOnlyCollection<string> ToldInTitle => ["memoryMiB", "cpus"];

    public string Description =>
        "Changes the memory limit (memoryMiB) and the processors (cpus) of a container, or of all containers of a service, without a restart.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        Schemas.Of(
            $$"""
            "memoryMiB": { "type": "integer", "minimum": 6, "maximum": 16777216, "description": "Memory limit in MiB." },
            "cpus": { "type": "number", "minimum": 0.01, "maximum": 1024, "description": "Processors; 0.5 is half of one." },
            {{Schemas.Host}}
            """
        );

    public string Undo => "The former limits are set again.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        await looks.LookAsync(request.Tenant, cancellation);
        return Plan(request);
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        if (plan.Tenant is { } tenant)
        {
            await looks.LookAsync(tenant, cancellation);
        }
        return [.. bench.Differences(plan), .. Outgrown(plan)];
    }

    /// <summary>What uses more by now than it would be allowed.</summary>
    private IEnumerable<string> Outgrown(ActionPlan plan) =>
        plan.Parameters.TryGetProperty("memoryMiB", out var mib)
            ? bench
                .OfTenant(plan.Tenant)
                .Where(container =>
                    plan.Containers.Any(planned => planned.Id == container.Facts.Id)
                    && container.Usage?.MemoryBytes > mib.GetInt64() * MiB
                )
                .Select(container =>
                    $"{container.Facts.Name} uses {Bytes.Text(container.Usage!.MemoryBytes)} by now, more than the limit that was planned"
                )
            : [];

    private PlanDraft Plan(PlanRequest request)
    {
        long? memory = request.Parameters.TryGetProperty("memoryMiB", out var mib) ? mib.GetInt64() * MiB : null;
        double? cpus = request.Parameters.TryGetProperty("cpus", out var share) ? share.GetDouble() : null;
        if (memory is null && cpus is null)
        {
            throw new CannotPlanException("Nothing is to be changed: give memoryMiB, cpus or both.");
        }
        var meant = bench.Meant(request);
        bench.Refuse(
            meant,
            [Name],
            own => $"docker update --memory {memory ?? own.MemoryLimitBytes} --memory-swap -1 {own.Name}"
        );
        var host = bench.Host(meant[0].HostId);
        Refuse(meant, host, memory, cpus);
        var touched = meant.Where(container => Changes(container.Facts, memory, cpus).Any()).ToList();
        if (touched.Count == 0)
        {
            throw new CannotPlanException($"{request.Target} has these limits already: {Limits(meant[0].Facts)}.");
        }
        return bench.Draft(
            request,
            Name,
            meant.Count == 1 ? meant[0].Facts.Name : meant[0].Facts.Service,
            host,
            new PlanParts(touched)
            {
                Changes = [.. touched.SelectMany(container => Changes(container.Facts, memory, cpus))],
                Steps =
                [
                    .. touched.Select(container =>
                        PlanBench.Step(
                            Name,
                            container.Facts.Id,
                            $"Set the limits of {container.Facts.Name}",
                            StepJson.Of(new ResourcesArguments(memory, null, cpus))
                        )
                    ),
                ],
                Untouched = bench.Untouched(
                    request.Tenant,
                    touched,
                    "its processes, which go on running",
                    PlanBench.Volumes(touched),
                    "the Compose file: its next \"up\" brings the limits back that are written there"
                ),
                Verification = touched.All(container => container.Facts.State == "running")
                    ? null
                    : new PlanVerification(VerificationKinds.None, 0, "Docker's answer"),
                Undo = new PlanUndo(UndoKinds.Reverse, "The former limits are set again, and you are told."),
                Notes =
                [
                    .. cpus is not null ? touched.Select(container => QuotaNote(container.Facts)).OfType<string>() : [],
                    .. bench
                        .Along(request, touched)
                        .Running.Select(sharer =>
                            $"{sharer.Container.Facts.Name}, which {TakenAlong.Words(sharer)}, has limits of its own, which stay."
                        ),
                ],
            }
        );
    }

    /// <exception cref="CannotPlanException">A limit that makes no sense there.</exception>
    internal static void Refuse(IReadOnlyList<HostedContainer> meant, DockerHost host, long? memory, double? cpus)
    {
        if (memory is { } limit)
        {
            if (host.Facts is { MemoryBytes: > 0 } facts && limit > facts.MemoryBytes)
            {
                throw new CannotPlanException(
                    $"{host.Name} has {Bytes.Text(facts.MemoryBytes)} of memory; a limit of {Bytes.Text(limit)} would be none."
                );
            }
            if (meant.FirstOrDefault(container => container.Usage is { } used && used.MemoryBytes > limit) is { } over)
            {
                throw new CannotPlanException(
                    $"{over.Facts.Name} uses {Bytes.Text(over.Usage!.MemoryBytes)} now; with a limit of {Bytes.Text(limit)} it would be killed at once."
                );
            }
        }
        const long leastQuotaUs = 1000;
        if (
            memory is { } under
            && meant.FirstOrDefault(container => container.Facts.Settings?.MemoryReservationBytes > under)
                is { } reserved
        )
        {
            throw new CannotPlanException(
                $"{reserved.Facts.Name} has {Bytes.Text(reserved.Facts.Settings!.MemoryReservationBytes)} reserved for it; Docker takes no limit below that."
            );
        }
        if (
            cpus is { } little
            && meant.FirstOrDefault(container =>
                container.Facts.Settings is { HasCpuQuota: true } settings && little * Period(settings) < leastQuotaUs
            )
                is { } quota
        )
        {
            throw new CannotPlanException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The limit of {quota.Facts.Name} is a quota of a period of {Period(quota.Facts.Settings!) / 1000.0:0.#} ms, and Docker takes none below 1 ms: give at least {Math.Ceiling(leastQuotaUs * 100.0 / Period(quota.Facts.Settings!)) / 100:0.##} processors."
                )
            );
        }
        if (cpus is { } wanted && host.Facts is { Cpus: > 0 } has && wanted > has.Cpus)
        {
            throw new CannotPlanException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{host.Name} has {has.Cpus} processors; {wanted} can't be given."
                )
            );
        }
    }

    /// <summary>Docker gives processors as a number or as a quota of a period, and never both.</summary>
    private static string? QuotaNote(ContainerFacts facts) =>
        facts.Settings is null && facts.CpuLimit > 0
            ? $"The runner that tells of {facts.Name} is older than this dashboard: if its limit was given as a quota (--cpu-quota), that runner can't change it, and says so."
        : facts.Settings is { HasCpuQuota: true } settings
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The limit of {facts.Name} is a quota of a period of {Period(settings) / 1000.0:0.#} ms; the new one is set as such a quota."
            )
        : null;

    private static long Period(ContainerSettings settings) =>
        settings.CpuPeriodUs > 0 ? settings.CpuPeriodUs : ContainerSettings.DefaultCpuPeriodUs;

    internal static IEnumerable<PlanChange> Changes(ContainerFacts facts, long? memory, double? cpus)
    {
        if (memory is { } limit && limit != facts.MemoryLimitBytes)
        {
            yield return new PlanChange($"memory limit of {facts.Name}", Memory(facts.MemoryLimitBytes), Memory(limit));
        }
        if (cpus is { } share && Math.Abs(share - facts.CpuLimit) > 1e-6)
        {
            yield return new PlanChange($"processors of {facts.Name}", Cpus(facts.CpuLimit), Cpus(share));
        }
    }

    private static string Limits(ContainerFacts facts) =>
        $"memory {Memory(facts.MemoryLimitBytes)}, processors {Cpus(facts.CpuLimit)}";

    private static string Memory(long bytes) => bytes > 0 ? Bytes.Text(bytes) : "no limit";

    private static string Cpus(double cpus) =>
        cpus > 0 ? cpus.ToString("0.##", CultureInfo.InvariantCulture) : "no limit";
}
