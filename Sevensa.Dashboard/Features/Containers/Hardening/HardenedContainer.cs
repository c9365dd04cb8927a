using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Hardening;

/// <summary>One container with the items of it that fail and are to be put right: what is different afterwards, exactly.</summary>
internal sealed class HardenedContainer
{
    private readonly ContainerFacts facts;
    private readonly ContainerIsolation isolation;
    private readonly ContainerSettings settings;
    private readonly HardenChoices choices;
    private readonly List<PlanChange> changes = [];
    private HardenArguments arguments;

    private HardenedContainer(
        HostedContainer container,
        DockerHost host,
        HardenChoices choices,
        IReadOnlyList<HardeningFinding> failing
    )
    {
        (Container, facts, Failing, this.choices) = (container, container.Facts, failing, choices);
        (isolation, settings) = facts is { Isolation: { } told, Settings: { } asked }
            ? (told, asked)
            : throw new CannotPlanException(
                $"The runner on {container.HostName} does not tell how {facts.Name} is held apart. Update it, then propose again."
            );
        arguments = new HardenArguments(GraceSeconds: choices.Grace);
        foreach (var finding in failing)
        {
            Apply(finding, host);
        }
    }

    public HostedContainer Container { get; }

    public IReadOnlyList<HardeningFinding> Failing { get; }

    public IReadOnlyList<PlanChange> Changes => changes;

    public PlanStep Step =>
        PlanBench.Step(
            StepVerbs.ContainerHarden,
            facts.Id,
            $"Create {facts.Name} anew with less allowed ({string.Join(", ", Failing.Select(finding => finding.Check))})",
            StepJson.Of(arguments)
        );

    /// <exception cref="CannotPlanException">An item of it can't be put right so; says why.</exception>
    public static HardenedContainer Of(
        HostedContainer container,
        DockerHost host,
        HardenChoices choices,
        IReadOnlyList<HardeningFinding> failing
    ) => new(container, host, choices, failing);

    private void Apply(HardeningFinding finding, DockerHost host)
    {
        switch (finding.Check)
        {
            case HardeningItems.User:
                RunAs(choices.User ?? MadeFor ?? throw No(finding, "say which other one with the parameter user."));
                break;
            case HardeningItems.AppArmor:
                SwitchOn(finding, Profiles.AppArmor, "AppArmor");
                break;
            case HardeningItems.SeLinux:
                SwitchOn(finding, Profiles.SeLinux, "SELinux labels");
                break;
            case HardeningItems.Seccomp:
                SwitchOn(finding, Profiles.Seccomp, "seccomp");
                break;
            case HardeningItems.Capabilities:
                Drop(finding);
                break;
            case HardeningItems.Privileged:
                arguments = arguments with { Unprivileged = true };
                Change("privileged", "yes: all capabilities and devices of the host", "no");
                break;
            case HardeningItems.Memory:
                Limit(host, choices.MemoryBytes, null);
                arguments = arguments with { MemoryBytes = choices.MemoryBytes };
                break;
            case HardeningItems.Processors:
                Limit(host, null, choices.Cpus);
                arguments = arguments with { Cpus = choices.Cpus };
                break;
            case HardeningItems.ReadOnlyRoot:
                ReadOnly();
                break;
            case HardeningItems.Ports:
                Bind(finding);
                break;
            case HardeningItems.RestartPolicy:
                arguments = arguments with { RestartTries = 5 };
                Change("restart policy", facts.RestartPolicy, "on-failure:5");
                break;
            case HardeningItems.Ulimits:
                var lifted = isolation.LiftedUlimits().ToList();
                arguments = arguments with { WithoutUlimits = [.. lifted.Select(limit => limit.Split('=')[0])] };
                Change("ulimits", string.Join(", ", lifted), "the engine's own");
                break;
            case HardeningItems.NewPrivileges:
                arguments = arguments with { NoNewPrivileges = true };
                Change("new privileges", "may be acquired", "are never acquired (no-new-privileges:true)");
                break;
            case HardeningItems.Processes:
                RefuseOutgrown();
                arguments = arguments with { PidsLimit = choices.Processes };
                Change(
                    "number of processes",
                    "no limit",
                    choices.Processes.ToString(CultureInfo.InvariantCulture) + " at most"
                );
                break;
            default:
                throw No(finding, "this dashboard does not know how.");
        }
    }

    private string? MadeFor => isolation.ImageUser is { } user && HardenWords.IsUser(user) ? user : null;

    private void RunAs(string user)
    {
        arguments = arguments with { User = user };
        Change("user", facts.User.Length == 0 ? "root" : facts.User, user);
    }

    private void SwitchOn(HardeningFinding finding, string profile, string words)
    {
        var off = isolation.SecurityOptions.Where(option => Profiles.IsOff(option, profile)).ToList();
        if (off.Count > 0)
        {
            arguments = arguments with { DefaultProfiles = [.. arguments.DefaultProfiles ?? [], profile] };
            Change(words, string.Join(", ", off), "the engine's own");
        }
        // What being privileged took away comes back with that.
        else if (!(facts.Privileged && choices.Wants(HardeningItems.Privileged)))
        {
            throw facts.Privileged
                ? NotWhilePrivileged(finding)
                : No(finding, "nothing in its specification switches it off. It is the engine's to give.");
        }
    }

    private void Drop(HardeningFinding finding)
    {
        if (facts.Privileged && !choices.Wants(HardeningItems.Privileged))
        {
            throw NotWhilePrivileged(finding);
        }
        var (added, dropped) = (isolation.AddedCapabilities, isolation.DroppedCapabilities);
        var kept =
            choices.Keep ?? [.. added.Select(Capabilities.Bare).Where(one => !Capabilities.LeadingOut.Contains(one))];
        if (kept.FirstOrDefault(one => !Capabilities.Has(added, dropped, one)) is { } more)
        {
            throw new CannotPlanException(
                $"{facts.Name} has not got the capability {more}, so it can't keep it. Leave it out of keepCapabilities."
            );
        }
        arguments = arguments with { KeepCapabilities = kept };
        Change(
            "capabilities",
            added.Count == 0 && dropped.Count == 0
                ? "Docker's own set"
                : string.Join(
                    "; ",
                    new[] { ("added", added), ("dropped", dropped) }
                        .Where(part => part.Item2.Count > 0)
                        .Select(part => $"{part.Item1} {string.Join(", ", part.Item2)}")
                ),
            kept.Count == 0 ? "none (ALL dropped)" : $"{string.Join(", ", kept)} alone (ALL dropped)"
        );
    }

    private void Limit(DockerHost host, long? memory, double? cpus)
    {
        ContainerResources.Refuse([Container], host, memory, cpus);
        changes.AddRange(ContainerResources.Changes(facts, memory, cpus));
    }

    private void RefuseOutgrown()
    {
        if (Container.Usage is { } used && used.Pids > choices.Processes)
        {
            throw new CannotPlanException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{facts.Name} has {used.Pids} processes and threads now; with a limit of {choices.Processes} it would not come up as it is. Give a higher pidsLimit."
                )
            );
        }
    }

    private void ReadOnly()
    {
        foreach (var folder in choices.Tmpfs)
        {
            if (
                isolation.Mounts.FirstOrDefault(mount =>
                    mount.Type != "tmpfs"
                    && folder != mount.Destination.TrimEnd('/')
                    && HardenWords.IsIn(folder, mount.Destination)
                ) is
                { } holding
            )
            {
                throw new CannotPlanException(
                    $"{folder} of {facts.Name} lies in what is mounted at {holding.Destination}: in memory it would hide what is there. Leave it out of tmpfs."
                );
            }
        }
        // What is mounted just there can be written already, and stays.
        var mounted = isolation.Mounts.Select(mount => mount.Destination.TrimEnd('/')).ToHashSet();
        string[] folders = [.. choices.Tmpfs.Where(folder => !mounted.Contains(folder))];
        arguments = arguments with { ReadOnlyRoot = true, Tmpfs = folders.Length > 0 ? folders : null };
        Change("root file system", "can be written", "read-only");
        if (folders.Length > 0)
        {
            Change("folders in memory (tmpfs)", null, string.Join(", ", folders));
        }
    }

    private void Bind(HardeningFinding finding)
    {
        var open = OpenPort.Of(settings);
        if (
            PublishedPort
                .Of(facts)
                .FirstOrDefault(port => port.IsEverywhere && open.All(one => one.Inside != port.Inside)) is
            { } chosen
        )
        {
            throw No(
                finding,
                $"{chosen.Inside} is published wherever Docker chooses (-P). Publish its ports by name, then they can be bound."
            );
        }
        arguments = arguments with { Address = choices.Address };
        changes.AddRange(open.Select(port => port.BoundTo(choices.Address, facts.Name)));
    }

    private void Change(string what, string? before, string? after) =>
        changes.Add(new PlanChange($"{what} of {facts.Name}", before, after));

    private CannotPlanException NotWhilePrivileged(HardeningFinding finding) =>
        No(finding, $"it is privileged, which sets that aside. Put {HardeningItems.Privileged} right with it.");

    private CannotPlanException No(HardeningFinding finding, string why) =>
        new($"{finding.Check} of {facts.Name} can't be put right so: {why} {finding.Reason}");
}
