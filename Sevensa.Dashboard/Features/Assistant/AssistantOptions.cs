using System.ComponentModel.DataAnnotations;

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

    internal TimeSpan BetweenTokens => TimeSpan.FromSeconds(TimeoutSeconds);

    internal TimeSpan FirstToken => TimeSpan.FromSeconds(FirstTokenSeconds ?? (3 * TimeoutSeconds));

    internal TimeSpan Load =>
        TimeSpan.FromSeconds(Math.Max(LoadSeconds ?? (5 * TimeoutSeconds), FirstTokenSeconds ?? 0));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            !string.IsNullOrWhiteSpace(Url)
            && !(Uri.TryCreate(Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        )
        {
            yield return new ValidationResult($"\"{Url}\" is not an http or https address", [nameof(Url)]);
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

    /// <summary>Characters of one answer; a model that repeats itself is stopped there.</summary>
    [Range(500, 1_000_000)]
    public int MaximumAnswer { get; set; } = 32_000;

    /// <summary>Tokens that are written for one question, all rounds together, thoughts included.</summary>
    [Range(64, 1_000_000)]
    public int MaximumTokens { get; set; } = 24_000;

    /// <summary>Seconds that one question may take, waiting included.</summary>
    [Range(10, 86_400)]
    public int MaximumSeconds { get; set; } = 1_200;

    /// <summary>Characters of one tool's result that the model is given; lists are shortened to fit, and what is left out is counted.</summary>
    [Range(500, 200_000)]
    public int MaximumToolResult { get; set; } = 12_000;

    /// <summary>Messages of the conversation that the model is reminded of.</summary>
    [Range(2, 200)]
    public int Memory { get; set; } = 24;

    [Range(1, 100_000)]
    public int MaximumQuestion { get; set; } = 8_000;
}
