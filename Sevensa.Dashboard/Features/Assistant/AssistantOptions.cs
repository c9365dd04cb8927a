using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Section <c>Ollama</c>: the local chat model. vLLM and others that speak OpenAI's protocol: set <see cref="Protocol"/>.</summary>
internal sealed class OllamaOptions : IValidatableObject
{
    /// <summary>Base address, <c>http://ollama:11434</c>. Empty: not configured.</summary>
    public string? Url { get; set; }

    /// <summary>Name of a model that can call tools.</summary>
    public string Model { get; set; } = "llama3.1:8b";

    /// <summary><c>ollama</c>, or <c>openai</c> for vLLM and the like.</summary>
    [RegularExpression("^(ollama|openai)$", ErrorMessage = "must be ollama or openai")]
    public string Protocol { get; set; } = "ollama";

    /// <summary>File with a bearer token, when the server asks for one.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Silence within an answer after which it is given up, in seconds.</summary>
    [Range(5, 3600)]
    public int TimeoutSeconds { get; set; } = 120;

    /// <summary>Silence before the first word, in seconds: a long question is read, another one is answered. Three times the time-out when left out.</summary>
    [Range(5, 7200)]
    public int? FirstTokenSeconds { get; set; }

    /// <summary>The same when the model has to be loaded first, which giving up would undo. Five times the time-out when left out.</summary>
    [Range(5, 7200)]
    public int? LoadSeconds { get; set; }

    /// <summary>Context that Ollama is asked for, in tokens, never more than the model has. Left out: what its own file or a loaded model says, else 16,384.</summary>
    [Range(1024, 1_048_576)]
    public int? ContextTokens { get; set; }

    /// <summary>Tokens of one answer, at most a quarter of the context.</summary>
    [Range(64, 131_072)]
    public int AnswerTokens { get; set; } = 4096;

    /// <summary>Further models that a conversation may be had with; each is read by itself, see <see cref="FurtherModelOptions"/>.</summary>
    public Dictionary<string, string?>? Models { get; set; }

    internal TimeSpan BetweenTokens => TimeSpan.FromSeconds(TimeoutSeconds);

    internal TimeSpan FirstToken => TimeSpan.FromSeconds(FirstTokenSeconds ?? (3 * TimeoutSeconds));

    internal TimeSpan Load =>
        TimeSpan.FromSeconds(Math.Max(LoadSeconds ?? (5 * TimeoutSeconds), FirstTokenSeconds ?? 0));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsAddress(Url))
        {
            yield return new ValidationResult($"\"{Url}\" is not an http or https address", [nameof(Url)]);
        }
    }

    internal static bool IsAddress(string? url) =>
        string.IsNullOrWhiteSpace(url)
        || (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https");

    /// <summary>The same settings for another model of the same server.</summary>
    internal OllamaOptions For(string model) =>
        new()
        {
            Url = Url,
            Model = model,
            Protocol = Protocol,
            TokenFile = TokenFile,
            TimeoutSeconds = TimeoutSeconds,
            FirstTokenSeconds = FirstTokenSeconds,
            LoadSeconds = LoadSeconds,
            ContextTokens = ContextTokens,
            AnswerTokens = AnswerTokens,
        };
}

/// <summary>One entry of <c>Ollama:Models</c>: a further chat model. What it leaves out is as in section <c>Ollama</c>.</summary>
internal sealed class FurtherModelOptions : IValidatableObject
{
    public const string Section = "Ollama:Models";

    /// <summary>As its server names it, <c>qwen3:8b</c>; what a conversation chooses it by.</summary>
    [Required]
    [StringLength(200)]
    public string Name { get; set; } = "";

    /// <summary>Base address of its server, where that is another.</summary>
    public string? Url { get; set; }

    /// <summary><c>ollama</c> or <c>openai</c>.</summary>
    [RegularExpression("^(ollama|openai)$", ErrorMessage = "must be ollama or openai")]
    public string? Protocol { get; set; }

    /// <summary>File with a bearer token. That of <c>Ollama:TokenFile</c> is never sent to a server of its own.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Context that is asked for, in tokens: one size for the model, since another loads it again.</summary>
    [Range(1024, 1_048_576)]
    public int? ContextTokens { get; set; }

    [Range(64, 131_072)]
    public int? AnswerTokens { get; set; }

    /// <summary>Its settings in full.</summary>
    internal OllamaOptions Over(OllamaOptions main)
    {
        var own = main.For(Name);
        var elsewhere = !string.IsNullOrWhiteSpace(Url);
        own.Url = elsewhere ? Url : main.Url;
        own.Protocol = Protocol ?? main.Protocol;
        own.TokenFile = TokenFile ?? (elsewhere ? null : main.TokenFile);
        own.ContextTokens = ContextTokens ?? (elsewhere ? null : main.ContextTokens);
        own.AnswerTokens = AnswerTokens ?? main.AnswerTokens;
        return own;
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!OllamaOptions.IsAddress(Url))
        {
            yield return new ValidationResult($"\"{Url}\" is not an http or https address", [nameof(Url)]);
        }
        var names = SettingMistakes
            .WholeOf(validationContext)
            ?.GetSection(Section)
            .GetChildren()
            .Select(child => child[nameof(Name)])
            .ToList();
        if (Name.Length > 0 && names?.Count(name => name == Name) > 1)
        {
            yield return new ValidationResult($"\"{Name}\" is the name of another model too", [nameof(Name)]);
        }
    }
}

/// <summary>Section <c>Assistant</c>: how far one answer may go.</summary>
internal sealed class AssistantOptions
{
    /// <summary>Rounds of tool calls in one answer.</summary>
    [Range(1, 30)]
    public int MaximumRounds { get; set; } = 8;

    /// <summary>Calls of tools in one answer.</summary>
    [Range(1, 200)]
    public int MaximumCalls { get; set; } = 32;

    /// <summary>Bytes of tools' results that the model is given for one question, all calls together.</summary>
    [Range(1_000, 100_000_000)]
    public int MaximumBytes { get; set; } = 256_000;

    /// <summary>Characters of one answer; a model that repeats itself is stopped there.</summary>
    [Range(500, 1_000_000)]
    public int MaximumAnswer { get; set; } = 32_000;

    /// <summary>Tokens that are written for one question, all rounds together, thoughts included.</summary>
    [Range(64, 1_000_000)]
    public int MaximumTokens { get; set; } = 24_000;

    /// <summary>Seconds that one question may take, waiting included.</summary>
    [Range(10, 86_400)]
    public int MaximumSeconds { get; set; } = 1_200;

    /// <summary>Questions that one person may ask chat models in a day; left out: as many as they like. An administrator sets others.</summary>
    [Range(0, 1_000_000)]
    public int? QuestionsADay { get; set; }

    /// <summary>Tokens that chat models may write for one person in a day, thoughts included; left out: as many as they like.</summary>
    [Range(0, 1_000_000_000)]
    public long? TokensADay { get; set; }

    /// <summary>Characters of one tool's result that the model is given; lists are shortened to fit, and what is left out is counted.</summary>
    [Range(500, 200_000)]
    public int MaximumToolResult { get; set; } = 12_000;

    /// <summary>Messages of the conversation that the model is reminded of.</summary>
    [Range(2, 200)]
    public int Memory { get; set; } = 24;

    [Range(1, 100_000)]
    public int MaximumQuestion { get; set; } = 8_000;

    /// <summary>Days after which a conversation that nobody went on with is deleted; 0 for never.</summary>
    [Range(0, 36_500)]
    public int KeepDays { get; set; } = 365;

    /// <summary>
    /// The highest risk that a model may propose which has not been examined: <c>none</c>, <c>low</c>, <c>medium</c> or <c>high</c>.
    /// Left out: none; in the Sandbox, where nothing is real, high.
    /// </summary>
    [RegularExpression("^(none|low|medium|high)$", ErrorMessage = "must be none, low, medium or high")]
    public string? UnexaminedMayPropose { get; set; }

    internal Risk? UnexaminedRisk =>
        Enum.TryParse<Risk>(UnexaminedMayPropose, ignoreCase: true, out var risk) ? risk : null;
}
