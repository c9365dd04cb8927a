namespace Sevensa.Dashboard.Runner.Actions.Rules;

/// <summary>The host's own policy file allows it. Read again whenever it was written; unreadable, it allows nothing.</summary>
internal sealed class LocalPolicyRule(string? file, TimeProvider time) : IVerifierRule
{
    private (DateTime WrittenAt, long Length, LocalPolicy Policy)? known;

    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(file))
        {
            return default;
        }
        try
        {
            return new(Check(Current(), examination));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return new(
                new Refusal(
                    "localPolicy",
                    $"This host's policy file can't be read, so nothing is allowed: {exception.Message}"
                )
            );
        }
    }

    private Refusal? Check(LocalPolicy policy, Examination examination)
    {
        var plan = examination.Action.Plan;
        var now = time.GetUtcNow();
        var why =
            !policy.AllowsKind(plan.Kind) ? $"{plan.Kind} is not among the kinds"
            : !policy.AllowsTenant(plan.Tenant) ? $"{plan.Tenant} is not among the tenants"
            : plan.Steps.FirstOrDefault(step => step.Verb == StepVerbs.ImagePull && !policy.AllowsImage(step.On))
                is { } pull
                ? $"{pull.On} is not among the images"
            : !policy.AllowsTime(now) ? $"{now:u} is outside the hours"
            : examination.Now.Count == 0 && !policy.AllowsTenant(plan.Tenant)
                ? $"tenant {plan.Tenant} is not among the tenants"
            : examination.Images.Find(image => !policy.AllowsImage(image)) is { } strange
                ? $"image {strange} is not among the images"
            : examination
                .Now.Values.Select(container => ContainerTrouble(policy, container))
                .FirstOrDefault(trouble => trouble is not null);
        return why is null
            ? null
            : new Refusal(
                "localPolicy",
                $"This host's own policy does not allow it: {why}. Only the host's owner can change that ({file})."
            );
    }

    private static string? ContainerTrouble(LocalPolicy policy, ContainerFacts container) =>
        !policy.AllowsTenant(container.Tenant)
            ? $"tenant {container.Tenant ?? "none"} ({container.Name}) is not among the tenants"
        : !policy.AllowsImage(container.Image) ? $"image {container.Image} ({container.Name}) is not among the images"
        : policy.MissingLabel(container.Labels) is { } label ? $"{container.Name} lacks the label {label}"
        : null;

    private LocalPolicy Current()
    {
        var info = new FileInfo(file!);
        if (known is { } before && before.WrittenAt == info.LastWriteTimeUtc && before.Length == info.Length)
        {
            return before.Policy;
        }
        var policy = LocalPolicy.Parse(File.ReadAllText(file!));
        known = (info.LastWriteTimeUtc, info.Length, policy);
        return policy;
    }
}
