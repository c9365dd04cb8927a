using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Actions.Rules;

/// <summary>It can be read, and is of a protocol this runner knows.</summary>
internal sealed class ProtocolRule : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation) =>
        new(Check(examination));

    private static Refusal? Check(Examination examination)
    {
        try
        {
            using var document = JsonDocument.Parse(examination.Envelope.Payload);
            var protocol = document.RootElement.GetProperty("protocol").GetInt32();
            if (!RunnerProtocol.WorksWith(protocol))
            {
                return new Refusal(
                    "protocol",
                    $"It speaks protocol {protocol}; this runner speaks {RunnerProtocol.Current} and its neighbours. Update whichever is older."
                );
            }
            if (
                document.RootElement.Deserialize(ActionJson.Default.SignedAction)
                is not {
                    ActionId.Length: > 0,
                    HostId: not null,
                    PlanHash: not null,
                    Plan:
                    {
                        Kind: not null,
                        Tenant: not null,
                        Containers: not null,
                        Steps: not null,
                        Verification: not null,
                        Undo: not null
                    },
                } action
            )
            {
                return new Refusal("malformed", "It lacks what every action has. Nothing was done.");
            }
            examination.Action = action;
            examination.RawPlan = document.RootElement.GetProperty("plan").Clone();
            return null;
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            var where = exception is JsonException { Path: { Length: > 2 } path }
                ? $" (at {path.TrimStart('$', '.')})"
                : "";
            return new Refusal(
                "malformed",
                $"It is not of the form that this runner knows{where}. Update whichever is older, dashboard or runner. Nothing was done."
            );
        }
    }
}

/// <summary>It is meant for this host and no other.</summary>
internal sealed class HostRule(Func<string?> hostId) : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation) =>
        new(
            examination.Action.HostId == hostId()
            && examination.Action.Plan.Executor is { Role: PlanExecutor.Runner } executor
            && executor.HostId == examination.Action.HostId
                ? null
                : new Refusal("wrongHost", "It is meant for another host. Nothing was done.")
        );
}

/// <summary>Its time has not passed, and it was not issued in the future.</summary>
internal sealed class ExpiryRule(TimeProvider time) : IVerifierRule
{
    /// <summary>Clocks of two machines are never quite the same.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(30);

    public bool Lapses => true;

    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var action = examination.Action;
        return new(
            now > action.ExpiresAt
                ? new Refusal(
                    "expired",
                    $"It was to be begun by {action.ExpiresAt:u} and this host's clock says {now:u}."
                )
            : action.IssuedAt > now + Tolerance
                ? new Refusal(
                    "clock",
                    $"It was issued at {action.IssuedAt:u}, which for this host's clock ({now:u}) lies ahead. Set the clocks right."
                )
            : null
        );
    }
}
