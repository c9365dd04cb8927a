using System.Globalization;
using Npgsql;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// Carries out a move. What it told of its steps is its journal, and each step may be done again, so whoever takes it over goes on.
/// The old place is closed for good before the new one is opened, after all is there and compared: at no moment do both take
/// writes. From the switch on it goes on only; before that it is taken back whole.
/// </summary>
internal sealed class MoveExecutor(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    MoveWork work,
    PlaceGate gate,
    MovePassage passage,
    PostgresDoor door,
    IEnumerable<IVaultedCredentials> vaults,
    IHostErrands errands,
    ITenantScopes scopes,
    TimeProvider time
) : IResumingExecutor
{
    public string Kind => MovePlan.Kind;

    public bool Resumes(ActionPlan plan) => true;

    public Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    ) => ResumeAsync(action, [], report, cancellation);

    public async Task<ActionOutcome> ResumeAsync(
        SignedAction action,
        IReadOnlyList<ActionReport> told,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var move = MovePlan.Of(action.Plan);
        var (from, to) = (InstanceOf(move.From.Instance), InstanceOf(move.To));
        if (from is null || to is null)
        {
            var gone = $"There is no instance {(from is null ? move.From.Instance : move.To)} any more.";
            return told.Count == 0
                ? new ActionOutcome(ProposalState.Refused, gone, "stale")
                : new ActionOutcome(ProposalState.Unknown, $"{gone} It goes on when it is configured again.");
        }
        PlaceHold? hold;
        try
        {
            hold = await PlaceHold.TakeAsync(door, from, action.Plan.ProposalId);
        }
        catch (Exception exception) when (Fault(from, exception) is { } fault)
        {
            return told.Count == 0
                ? new ActionOutcome(ProposalState.Failed, $"{fault} Nothing was done.", Undo: "none")
                : new ActionOutcome(ProposalState.Unknown, $"{fault} It goes on by itself.");
        }
        if (hold is null)
        {
            return PlaceHold.Lost();
        }
        await using var held = hold;
        await using var run = new Run(action, move, from, to, new StepReports(report), told, hold);
        try
        {
            return run.Failed is { } why
                ? await TakeBackAsync(run, why, ProposalState.Failed)
                : await GoOnAsync(run, cancellation);
        }
        finally
        {
            await databases.ForgetAsync(from.Name, CancellationToken.None);
            await databases.ForgetAsync(to.Name, CancellationToken.None);
        }
    }

    private async Task<ActionOutcome> GoOnAsync(Run run, CancellationToken cancellation)
    {
        foreach (var step in run.Action.Plan.Steps.Where(step => !run.Done.Contains(step.Number)))
        {
            if (cancellation.IsCancellationRequested && !run.IsPastReturn)
            {
                return await TakeBackAsync(run, "It was cancelled.", ProposalState.Cancelled);
            }
            try
            {
                if (step.Number == MovePlan.Switch && !run.IsPastReturn)
                {
                    // What Vault would not take must be known while there is a way back.
                    await VersionsAsync(run);
                    await LeadThereAsync(run);
                    await gate.StandsClosedAsync(run.From, run.Move.From, cancellation);
                }
                if (!await run.Hold.HoldsAsync())
                {
                    return PlaceHold.Lost();
                }
                await run.BeginAsync(step.Number);
                if (step.IsErrand())
                {
                    if (await RestartAsync(run, step) is { } later)
                    {
                        return later;
                    }
                    continue;
                }
                await DoAsync(run, step.Number, run.IsPastReturn ? CancellationToken.None : cancellation);
                await run.Step.DoneAsync();
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested && !run.IsPastReturn)
            {
                if (!await run.Hold.HoldsAsync())
                {
                    return PlaceHold.Lost();
                }
                await run.Step.FailAsync("It was cancelled.");
                return await TakeBackAsync(run, "It was cancelled.", ProposalState.Cancelled);
            }
            catch (Exception exception) when (Fault(run.To, exception) is { } fault)
            {
                if (run.IsPastReturn)
                {
                    return new ActionOutcome(
                        ProposalState.Unknown,
                        $"{fault} Whether {run.Move.To} is open is not known: it goes on by itself, and {run.Move.From.Instance} stays closed."
                    );
                }
                if (!await run.Hold.HoldsAsync())
                {
                    return PlaceHold.Lost();
                }
                await run.Step.FailAsync(fault);
                return await TakeBackAsync(run, fault, ProposalState.Failed);
            }
        }
        return new ActionOutcome(
            ProposalState.Succeeded,
            $"{run.Move.From.Name} is on {run.Move.To}, in the database {run.Move.Name}, and takes writes there alone. What was on {run.Move.From.Instance} is kept closed: once somebody is sure, drop it with database.tenant.drop.{(run.Held is { } held ? string.Create(CultureInfo.InvariantCulture, $" Nobody could write for {held.TotalSeconds:0.0} s.") : "")}{string.Concat(run.Unwell.Select(one => $" Look at what did not come back: {one}"))}"
        );
    }

    /// <summary>What does not come back keeps nothing else: its credentials are there, and there is no way back.</summary>
    /// <returns>Null when it is over.</returns>
    private async Task<ActionOutcome?> RestartAsync(Run run, PlanStep step)
    {
        var outcome = await errands.RunAsync(run.Action, step, $"roll{step.Number}", CancellationToken.None);
        if (outcome.State == ProposalState.Unknown)
        {
            return outcome with
            {
                Text = $"{run.Move.From.Name} is on {run.Move.To} and open there. {outcome.Text} It goes on by itself.",
            };
        }
        if (outcome.State != ProposalState.Succeeded)
        {
            await run.Step.SayAsync($"{Unwell}{step.Title}: {outcome.Text}");
            run.Unwell.Add($"{step.Title}: {outcome.Text}");
        }
        await run.Step.DoneAsync();
        return null;
    }

    private const string Unwell = "It did not come back. ";

    private async Task DoAsync(Run run, int step, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(DumpTool.Longest, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            await WorkAsync(run, step, both.Token);
        }
        catch (OperationCanceledException exception)
            when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new InvalidDataException($"It did not end within {DumpTool.Longest.TotalHours:0} hours.", exception);
        }
    }

    private async Task WorkAsync(Run run, int step, CancellationToken cancellation)
    {
        switch (step)
        {
            case MovePlan.Make:
                await work.MakeAsync(run.Move, run.From, run.To, run.Action.Plan, cancellation);
                break;
            case MovePlan.Follow:
                run.ClosedBecause = await passage.FollowAsync(run.Move, run.From, cancellation);
                if (run.ClosedBecause is { } why)
                {
                    run.ClosedAt = time.GetTimestamp();
                    await run.Step.SayAsync($"Nobody signs in from now on, as changes can't be followed: {why}.");
                }
                break;
            case MovePlan.Copy:
                if (run.Begun.Contains(MovePlan.Copy))
                {
                    // Half of it may be there.
                    await work.MakeAsync(run.Move, run.From, run.To, run.Action.Plan, cancellation);
                }
                await run.Step.SayAsync("Copying.");
                if (run.ClosedBecause is null)
                {
                    run.Bringing = await passage.CopyAsync(run.Move, run.From, run.To, cancellation);
                }
                else
                {
                    await work.CopyAsync(run.Move, run.From, run.To, null, cancellation);
                }
                break;
            case MovePlan.Compare:
                await CompareAsync(run, cancellation);
                break;
            case MovePlan.Switch:
                await SwitchAsync(run);
                break;
            default:
                // Whoever opened it meanwhile would write where nobody reads.
                await gate.CloseAsync(run.From, run.Move.From, CancellationToken.None);
                if (await passage.ForgetAsync(run.Move, run.From) is { } stays)
                {
                    await run.Step.SayAsync(stays);
                }
                await work.RetireAsync(run.Move, run.From, run.Action.Plan);
                break;
        }
    }

    private async Task CompareAsync(Run run, CancellationToken cancellation)
    {
        if (run.Bringing is not { } bringing)
        {
            await run.Step.SayAsync(await work.CompareAsync(run.Move, run.From, run.To, cancellation));
            return;
        }
        await run.Step.SayAsync(await passage.CompareAsync(bringing, run.Move, cancellation));
        // Whoever took it over let the login sign in, and would find it closed.
        if (!await run.Hold.HoldsAsync())
        {
            throw new InvalidDataException(PlaceHold.Lost().Text);
        }
        run.ClosedAt = time.GetTimestamp();
        await run.Step.SayAsync(await passage.CloseAsync(bringing, run.Move, run.From, run.To, cancellation));
    }

    /// <summary>Passwords are known to this run only: taken over, new ones are made, as long as nobody can be at work with the old.</summary>
    private async Task SwitchAsync(Run run)
    {
        string? password = null;
        if (!await work.IsOpenAsync(run.Move, run.To, run.Action.Plan))
        {
            if (run.Passwords is null)
            {
                // It died meanwhile, and nobody knows what happened to the old place since.
                await gate.StandsClosedAsync(run.From, run.Move.From, CancellationToken.None);
                await work.CompareAsync(run.Move, run.From, run.To, CancellationToken.None);
                await LeadThereAsync(run);
            }
            var passwords = run.Passwords!.Value;
            await LeadAsync(run, run.Move.From.Instance, passwords);
            if (!await run.Hold.HoldsAsync())
            {
                throw new InvalidDataException(PlaceHold.Lost().Text);
            }
            await work.OpenAsync(run.Move, run.To, run.Action.Plan, passwords);
            password = passwords.Login;
            run.Held = run.ClosedAt is { } since ? time.GetElapsedTime(since) : null;
        }
        await run.Step.SayAsync($"{run.Move.To} is open.");
        await TryAsync(run, password);
    }

    /// <param name="password">Null: what Vault has, as services read it.</param>
    private async Task TryAsync(Run run, string? password)
    {
        var (tenant, there) = (run.Action.Plan.Tenant, run.Move.There);
        try
        {
            password ??= (
                await door.CredentialsAsync(
                    run.To,
                    new PostgresLogin(
                        there.Login,
                        null,
                        $"{scopes.ForSystem(tenant).VaultPrefix(tenant)}{MadePlaces.VaultPathOf(run.Move.To, there.Login)}#password"
                    ),
                    CancellationToken.None
                )
            ).Password;
            await using var login = await door.ConnectAsync(
                run.To,
                there.Login,
                password,
                there.Database,
                readOnly: true,
                CancellationToken.None
            );
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            // Its services take all that it may have: they are signed in.
        }
    }

    private async Task LeadThereAsync(Run run)
    {
        run.Led = true;
        run.Passwords = (PlaceSecrets.NewPassword(), PlaceSecrets.NewPassword());
        await LeadAsync(run, run.Move.To, run.Passwords.Value);
    }

    private async Task LeadAsync(Run run, string at, (string Owner, string Login) passwords)
    {
        await new PlaceSecrets(vaults).LeadAsync(run.Action.Plan.Tenant, at, run.Move.There, run.To, passwords);
        await run.Step.SayAsync(Leads(run.Move, at));
    }

    private static string Leads(MovePlan move, string at) =>
        $"What is in Vault below databases/{at} leads to {move.To}.";

    private async Task VersionsAsync(Run run)
    {
        var vault = Provisioning.Vault(vaults);
        foreach (var role in new[] { run.Move.From.Owner, run.Move.From.Login })
        {
            await vault.VersionAsync(
                run.Action.Plan.Tenant,
                MadePlaces.VaultPathOf(run.Move.From.Instance, role),
                CancellationToken.None
            );
        }
    }

    /// <summary>The old place is opened first: nobody can sign in to the new one yet, and it may be what is broken.</summary>
    private async Task<ActionOutcome> TakeBackAsync(Run run, string why, ProposalState state)
    {
        if (!await run.Hold.HoldsAsync())
        {
            return PlaceHold.Lost();
        }
        var (name, here, there) = (run.Move.From.Name, run.Move.From.Instance, run.Move.To);
        try
        {
            if (run.Begun.Contains(MovePlan.Follow))
            {
                await passage.TakeBackAsync(run.Move, run.From);
            }
        }
        catch (Exception exception) when (Fault(run.From, exception) is { } fault)
        {
            return new ActionOutcome(
                ProposalState.Unknown,
                $"{why} It could not be taken back yet: {fault} It is tried again by itself. Until then nobody may be able to sign in to {name} on {here}."
            );
        }
        var led = run.Led ? $" What was written to Vault below databases/{there} stays, and leads nowhere." : "";
        try
        {
            await PlaceRemoval.TakeBackAsync(
                door,
                run.To,
                run.Move.There with
                {
                    Schema = null,
                },
                run.Action.Plan.ProposalId,
                withAll: true,
                CancellationToken.None
            );
            return new ActionOutcome(
                state == ProposalState.Failed ? ProposalState.RolledBack : state,
                $"{why} {name} is on {here} as it was, and nothing of it is left on {there}.{led}",
                Undo: "done"
            );
        }
        catch (Exception exception) when (Fault(run.To, exception) is { } fault)
        {
            return new ActionOutcome(
                ProposalState.Unknown,
                $"{why} {name} is on {here} as it was, and open. On {there} the database {run.Move.Name} and the roles {run.Move.From.Owner} and {run.Move.From.Login} may be left, which nobody can sign in to: {fault} Taking them away is tried again by itself.{led}"
            );
        }
    }

    private Instance? InstanceOf(string name) => registry.All.FirstOrDefault(one => one.Name == name);

    private static string? Fault(Instance instance, Exception exception) =>
        (
            exception as UpstreamException
            ?? PostgresFaults.Translate(
                instance,
                instance.Admin?.Role ?? "the administrative role",
                exception,
                CancellationToken.None
            )
        )?.Told
        ?? (exception is InvalidDataException or ArgumentException or CannotPlanException ? exception.Message : null);

    /// <summary>A move that is under way, with what was told of it before.</summary>
    private sealed class Run(
        SignedAction action,
        MovePlan move,
        Instance from,
        Instance to,
        StepReports step,
        IReadOnlyList<ActionReport> told,
        PlaceHold hold
    ) : IAsyncDisposable
    {
        public SignedAction Action => action;
        public MovePlan Move => move;
        public Instance From => from;
        public Instance To => to;
        public StepReports Step => step;
        public PlaceHold Hold => hold;

        /// <summary>Of who was away nobody knows whether the old place stayed closed: it is closed, copied and compared anew.</summary>
        public HashSet<int> Done { get; } =
        [
            .. Steps(told, "done")
                .Where(number =>
                    number is not (MovePlan.Follow or MovePlan.Copy or MovePlan.Compare)
                    || Steps(told, "started").Contains(MovePlan.Switch)
                ),
        ];
        public HashSet<int> Begun { get; } = Steps(told, "started");

        /// <summary>Why it failed before, when it was to be taken back.</summary>
        public string? Failed { get; } = told.FirstOrDefault(one => one is { Type: "step", Status: "failed" })?.Text;

        /// <summary>Why changes can't be followed; null when they are.</summary>
        public string? ClosedBecause { get; set; }

        /// <summary>What brings changes along, once it is copied.</summary>
        public CatchUp? Bringing { get; set; }

        /// <summary>Since when this run lets nobody write; a time stamp.</summary>
        public long? ClosedAt { get; set; }

        /// <summary>What was restarted and did not come back, in words.</summary>
        public List<string> Unwell { get; } =
        [
            .. told.Where(one =>
                    one.Type == "output" && one.Text?.StartsWith(MoveExecutor.Unwell, StringComparison.Ordinal) == true
                )
                .Select(one => one.Text![MoveExecutor.Unwell.Length..]),
        ];

        /// <summary>For how long nobody could write.</summary>
        public TimeSpan? Held { get; set; }

        /// <summary>What this run wrote to Vault.</summary>
        public (string Owner, string Login)? Passwords { get; set; }

        /// <summary>Whether something was written to Vault below the new instance.</summary>
        public bool Led { get; set; } = told.Any(one => one.Type == "output" && one.Text == Leads(move, move.To));

        public bool IsPastReturn => Begun.Contains(MovePlan.Switch);

        /// <summary>It is told before it is done, and known as begun to this run after: what was begun before it is not new.</summary>
        public async Task BeginAsync(int number)
        {
            await step.BeginAsync(number);
            if (number is MovePlan.Follow or MovePlan.Switch)
            {
                Begun.Add(number);
            }
        }

        public ValueTask DisposeAsync() => Bringing?.DisposeAsync() ?? ValueTask.CompletedTask;

        private static HashSet<int> Steps(IReadOnlyList<ActionReport> told, string status) =>
            [.. told.Where(one => one.Type == "step" && one.Status == status).Select(one => one.Step ?? 0)];
    }
}
