using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>What a model is asked: messages, and the tools that it may call.</summary>
/// <param name="ContextTokens">Context that is asked of the server, in tokens.</param>
/// <param name="AnswerTokens">Tokens after which the server ends the answer.</param>
internal sealed record ModelRequest(
    IReadOnlyList<ModelMessage> Messages,
    IReadOnlyList<ModelTool> Tools,
    int ContextTokens,
    int AnswerTokens
)
{
    /// <summary>Characters that the model has to read, tools included.</summary>
    public int Length => Messages.Sum(message => message.Length) + Tools.Sum(tool => tool.Length);
}

/// <param name="Role"><c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Calls">Of an assistant's message: what it called.</param>
/// <param name="Answers">Of a tool's message: the call that it answers.</param>
internal sealed record ModelMessage(
    string Role,
    string Text,
    IReadOnlyList<ModelCall>? Calls = null,
    ModelCall? Answers = null
)
{
    /// <summary>It is a call of tools, or what one answered.</summary>
    [JsonIgnore]
    public bool IsOfTools => Role == "tool" || Calls is { Count: > 0 };

    [JsonIgnore]
    public int Length => Text.Length + (Calls ?? []).Sum(call => call.Name.Length + call.Arguments.GetRawText().Length);
}

/// <summary>A call of a tool.</summary>
/// <param name="Arguments">An object, as the model wrote it.</param>
/// <param name="IsWritten">It stood in the model's text.</param>
internal sealed record ModelCall(string Id, string Name, JsonElement Arguments, bool IsWritten = false);

/// <summary>A tool as a model is told of it.</summary>
/// <param name="Schema">JSON Schema of its arguments.</param>
internal sealed record ModelTool(string Name, string Description, JsonElement Schema)
{
    public int Length { get; } = Name.Length + Description.Length + Schema.GetRawText().Length;
}

/// <summary>What comes from a model while it answers.</summary>
internal abstract record ModelPiece;

/// <summary>Text of the answer.</summary>
internal sealed record SpokenPiece(string Text) : ModelPiece;

/// <summary>It thinks: a sign of life, and nothing to show.</summary>
/// <param name="Length">Characters thought.</param>
internal sealed record ThoughtPiece(int Length) : ModelPiece;

/// <summary>It calls a tool.</summary>
internal sealed record CallPiece(ModelCall Call) : ModelPiece;

/// <summary>Nothing has come for a while.</summary>
/// <param name="Why">In a sentence: it is loaded, it is busy, it reads.</param>
internal sealed record WaitPiece(string Why) : ModelPiece;

/// <summary>The answer's proper end.</summary>
/// <param name="Reason"><c>stop</c>, <c>length</c>, <c>tool_calls</c>, or the server's own word.</param>
/// <param name="PromptTokens">Tokens that were read, as the server counts them.</param>
/// <param name="AnswerTokens">Tokens that were written.</param>
internal sealed record EndPiece(string? Reason, int? PromptTokens = null, int? AnswerTokens = null) : ModelPiece;

/// <summary>What a server says of its model. Null is: it did not say.</summary>
/// <param name="LongestContext">Tokens that the model, or the server as it was started, can take at most.</param>
/// <param name="UsedContext">Tokens of the context in use now, or that the model's own settings ask for.</param>
/// <param name="CallsTools">It can call tools.</param>
/// <param name="IsLoaded">It is in memory; false: the next question loads it first.</param>
internal sealed record ModelFacts(
    int? LongestContext = null,
    int? UsedContext = null,
    bool? CallsTools = null,
    bool? IsLoaded = null
)
{
    /// <summary>It can think before it answers.</summary>
    public bool? Thinks { get; init; }
}

/// <summary>Which model a server has under its name now, and which server that is. Null is: it did not say.</summary>
/// <param name="Digest">Of the model's weights and settings; where a server tells none, a hash of what it does tell of the model, as <c>seen:…</c>.</param>
/// <param name="Server"><c>ollama</c>, <c>llama.cpp</c> or <c>vllm</c>.</param>
/// <param name="Parameters">As the server writes it: <c>8.2B</c>.</param>
/// <param name="Quantization"><c>Q4_K_M</c>.</param>
internal sealed record ModelIdentity(
    string? Digest = null,
    string? Server = null,
    string? ServerVersion = null,
    string? Parameters = null,
    string? Quantization = null
)
{
    /// <summary>It could not be asked, or refused to say: nothing is known, not even that it has no digest.</summary>
    public bool IsUnknown { get; init; }
}
