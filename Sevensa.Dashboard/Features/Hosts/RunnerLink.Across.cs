using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Hosts;

internal sealed partial class RunnerLink
{
    /// <summary>What may be asked of a runner through another dashboard, and by which types it is read.</summary>
    private static readonly Dictionary<string, Passing> passings = new(StringComparer.Ordinal)
    {
        [nameof(IRunnerClient.Deliver)] = Of<Delivery>(typeof(SignedEnvelope)),
        [nameof(IRunnerClient.Clock)] = Of<long>(),
        [nameof(IRunnerClient.Measure)] = Of<bool>(typeof(int)),
        [nameof(IRunnerClient.Cancel)] = Of<bool>(typeof(string)),
        [nameof(IRunnerClient.Recall)] = Of<byte[]?>(typeof(string)),
        [nameof(IRunnerClient.Inspect)] = Of<ContainerFacts?>(typeof(string)),
        [nameof(IRunnerClient.Resources)] = Of<HostResources>(),
        [nameof(IRunnerClient.ResolveImage)] = Of<ResolvedImage>(typeof(string)),
        [nameof(IRunnerClient.Preview)] = Of<WorkloadPreview>(typeof(byte[])),
        [nameof(IRunnerClient.Logs)] = Of<IReadOnlyList<ContainerLogLine>>(typeof(string), typeof(int), typeof(long)),
        [nameof(IRunnerClient.FollowLogs)] = Of<bool>(typeof(LogFollow)),
        [nameof(IRunnerClient.MoreLogs)] = Of<bool>(typeof(string), typeof(int)),
        [nameof(IRunnerClient.StopLogs)] = Of<bool>(typeof(string)),
        [nameof(IRunnerClient.PinKey)] = Of<bool>(typeof(SignedEnvelope)),
        [nameof(IRunnerClient.RenewKey)] = Of<byte[]>(),
    };

    private delegate Task<JsonElement> Pass(RunnerLink link, RunnerQuestion question, CancellationToken cancellation);

    /// <summary>Asks for another dashboard; what came of it is in the answer, failures too.</summary>
    internal async Task<RunnerAnswer> PassAsync(RunnerQuestion question, CancellationToken cancellation)
    {
        try
        {
            // A newer connection may be another program: it is asked by who knows of it.
            return
                passings.TryGetValue(question.Method, out var passing)
                && connections.Find(question.Host) == question.Connection
                ? new RunnerAnswer(await passing.Ask(this, question, cancellation)) { IsAnswered = true }
                : new RunnerAnswer(null)
                {
                    Unreachable =
                        $"The runner of {NameOf(question.Host)} is not connected there any more. Ask again in a moment.",
                };
        }
        catch (RunnerUnreachableException exception)
        {
            return new RunnerAnswer(null) { Unreachable = exception.Message };
        }
        catch (UpstreamException exception)
        {
            return new RunnerAnswer(null)
            {
                Who = exception.Upstream,
                Words = exception.Message,
                Fault = exception.Fault,
            };
        }
    }

    /// <summary>Says something that wants no answer, for another dashboard.</summary>
    internal Task PassOnAsync(RunnerQuestion said) =>
        passings.TryGetValue(said.Method, out var passing) && connections.Find(said.Host) == said.Connection
            ? hub.Clients.Client(said.Connection).SendCoreAsync(said.Method, passing.Read(said.Given))
            : Task.CompletedTask;

    private async Task<T> AskThereAsync<T>(
        string hostId,
        (string Dashboard, string Connection) there,
        string method,
        object?[] arguments,
        CancellationToken cancellation
    )
    {
        var name = NameOf(hostId);
        RunnerAnswer answer;
        try
        {
            var told = await wire.AskAsync(
                there.Dashboard,
                AcrossTopics.Ask,
                Written(hostId, there.Connection, method, arguments),
                cancellation
            );
            answer = JsonSerializer.Deserialize(told.Span, AcrossJson.Default.RunnerAnswer)!;
        }
        catch (WireException exception)
        {
            throw new RunnerUnreachableException(
                $"The runner of {name} is connected to another dashboard, which could not be asked: {exception.Message} Whether it did what was asked is not known.",
                exception
            );
        }
        if (answer.Unreachable is { } why)
        {
            throw new RunnerUnreachableException(why);
        }
        if (answer.Words is { } words)
        {
            throw new UpstreamException(answer.Who ?? $"The runner on {name}", answer.Fault, words);
        }
        if (!answer.IsAnswered)
        {
            throw new RunnerUnreachableException($"The answer of the runner of {name} can't be read.");
        }
        return answer.Value is { } value ? (T)value.Deserialize(HubJson.Default.GetTypeInfo(typeof(T))!)! : default!;
    }

    /// <summary>Says something that wants no answer; where the connection is elsewhere, through that dashboard.</summary>
    private Task SayAsync(string hostId, string connection, string method, params object?[] arguments)
    {
        if (
            connections.Find(hostId) != connection
            && elsewhere.Find(hostId) is { } there
            && there.Connection == connection
        )
        {
            var said = wire.Tell(there.Dashboard, AcrossTopics.Say, Written(hostId, connection, method, arguments));
            return said || method == nameof(IRunnerClient.StopLogs)
                ? Task.CompletedTask
                : throw new RunnerUnreachableException(
                    $"The dashboard that {NameOf(hostId)} is connected to is not heard. The log goes on when it is: open it again."
                );
        }
        return hub.Clients.Client(connection).SendCoreAsync(method, arguments);
    }

    private static byte[] Written(string hostId, string connection, string method, object?[] arguments) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new RunnerQuestion(
                hostId,
                connection,
                method,
                [
                    .. arguments.Select(argument =>
                        JsonSerializer.SerializeToElement(argument, HubJson.Default.GetTypeInfo(argument!.GetType())!)
                    ),
                ]
            ),
            AcrossJson.Default.RunnerQuestion
        );

    private static Passing Of<T>(params Type[] given) =>
        new(
            given,
            async (link, question, cancellation) =>
                JsonSerializer.SerializeToElement(
                    await link.AskHereAsync<T>(
                        question.Host,
                        question.Connection,
                        question.Method,
                        passings[question.Method].Read(question.Given),
                        cancellation
                    ),
                    HubJson.Default.GetTypeInfo(typeof(T))!
                )
        );

    private sealed record Passing(Type[] Given, Pass Ask)
    {
        public object?[] Read(IReadOnlyList<JsonElement> given) =>
            given.Count == Given.Length
                ? [.. given.Select((one, index) => one.Deserialize(HubJson.Default.GetTypeInfo(Given[index])!))]
                : throw new JsonException("Another dashboard asked with other arguments: its version is another.");
    }
}
