using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>Containers, plans and signatures as the tests need them.</summary>
internal static class Samples
{
    public const string HostId = "a1b2c3d4e5f60718293a4b5c6d7e8f90";

    public static ContainerFacts Container(string name) =>
        new(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
            name,
            "rentguy",
            "api",
            "rentguy",
            "rentguy/api:2.4.1",
            "sha256:1111",
            "rentguy/api@sha256:2222",
            "cafe",
            "running",
            "none",
            null,
            false,
            0,
            "unless-stopped",
            1_700_000_000_000,
            1_700_000_100_000,
            0,
            256 << 20,
            0.5,
            "1000",
            false,
            true,
            ["rentguy_default"],
            ["127.0.0.1:8080->80/tcp"],
            ["rentguy_data:/data"],
            ["DB_PASSWORD", "LOG_LEVEL"],
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = "api" },
            null
        );

    public static ContainerReading Reading(string id, DateTimeOffset at) =>
        new(
            id,
            at,
            1_500_000_000,
            3000,
            2000,
            256 << 20,
            [new InterfaceReading("eth0", 10, 20)],
            [new DeviceReading("8:0", 30, 40)],
            3
        );

    public static ActionPlan Restart(string actionId, params ContainerFacts[] containers) =>
        Plan(
            actionId,
            "container.restart",
            [.. containers.Select((container, index) => Step(index + 1, StepVerbs.ContainerRestart, container))],
            new PlanVerification("running", 5, "running within 5 s"),
            PlanUndo.None("a restart can't be taken back"),
            containers
        );

    public static ActionPlan Stop(string actionId, params ContainerFacts[] containers) =>
        Plan(
            actionId,
            "container.stop",
            [.. containers.Select((container, index) => Step(index + 1, StepVerbs.ContainerStop, container))],
            new PlanVerification("stopped", 5, "stopped within 5 s"),
            new PlanUndo(StepVerbs.ContainerStart, "started again"),
            containers
        );

    public static PlanStep Step(int number, string verb, ContainerFacts on, int grace = 7) =>
        new(number, verb, on.Id, $"{verb} {on.Name}", JsonSerializer.SerializeToElement(new { graceSeconds = grace }));

    public static ActionPlan Plan(
        string actionId,
        string kind,
        IReadOnlyList<PlanStep> steps,
        PlanVerification verification,
        PlanUndo undo,
        params ContainerFacts[] containers
    )
    {
        PlanContainer[] planned = [.. containers.Select(World.Planned)];
        return new ActionPlan(
            actionId,
            kind,
            "rentguy",
            containers[0].Name,
            JsonSerializer.SerializeToElement(new { }),
            new PlanExecutor(PlanExecutor.Runner, HostId, "vps-1"),
            planned,
            [],
            steps,
            [],
            verification,
            undo,
            World.Fingerprint(planned)
        );
    }

    public static SignedAction Signed(ActionPlan plan, DateTimeOffset now) =>
        new(
            RunnerProtocol.Current,
            plan.ProposalId,
            HostId,
            now,
            now.AddMinutes(10),
            CanonicalJson.Hash(plan, ActionJson.Default.ActionPlan),
            plan,
            [new SignedApproval("u1", "Ada", now, null)]
        );

    public static SignedEnvelope Envelope(SignedAction action, ECDsa key) =>
        Envelope(CanonicalJson.Of(action, ActionJson.Default.SignedAction), key);

    public static SignedEnvelope Envelope(byte[] payload, ECDsa key) =>
        new(
            ActionKeyId.Of(key.ExportSubjectPublicKeyInfo()),
            payload,
            key.SignData(payload, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
        );
}
