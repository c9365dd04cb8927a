using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// Everything that <see cref="IRunnerHub"/> and <see cref="IRunnerClient"/> take and answer, as SignalR's JSON protocol writes it. Lists are
/// arrays: an argument is written by the type it has.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(byte[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(EnrolRequest))]
[JsonSerializable(typeof(Enrolled))]
[JsonSerializable(typeof(HostFacts))]
[JsonSerializable(typeof(HubWelcome))]
[JsonSerializable(typeof(ContainerFacts))]
[JsonSerializable(typeof(ContainerFacts[]))]
[JsonSerializable(typeof(EngineEvent[]))]
[JsonSerializable(typeof(ContainerUsage[]))]
[JsonSerializable(typeof(ReleaseFacts[]))]
[JsonSerializable(typeof(FlowReport))]
[JsonSerializable(typeof(ScannerReport))]
[JsonSerializable(typeof(ScanPiece))]
[JsonSerializable(typeof(ScanAnswer))]
[JsonSerializable(typeof(IReadOnlyList<PartsToMatch>))]
[JsonSerializable(typeof(PartsToMatch[]))]
[JsonSerializable(typeof(ClusterNews))]
[JsonSerializable(typeof(LogPiece))]
[JsonSerializable(typeof(LogFollow))]
[JsonSerializable(typeof(SignedEnvelope))]
[JsonSerializable(typeof(Delivery))]
[JsonSerializable(typeof(HostResources))]
[JsonSerializable(typeof(ResolvedImage))]
[JsonSerializable(typeof(WorkloadPreview))]
[JsonSerializable(typeof(ContainerLogLine[]))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyList<ContainerFacts>))]
[JsonSerializable(typeof(IReadOnlyList<EngineEvent>))]
[JsonSerializable(typeof(IReadOnlyList<ContainerUsage>))]
[JsonSerializable(typeof(IReadOnlyList<ReleaseFacts>))]
[JsonSerializable(typeof(IReadOnlyList<ContainerLogLine>))]
public sealed partial class HubJson : JsonSerializerContext;
