using System.Net;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>
/// What went wrong with a model, in a sentence with the server's own words and with what to do about it: loading, busy, down,
/// not there, unable to call tools, asked too much. Alike whichever protocol said it.
/// </summary>
internal sealed class ModelFaults(OllamaOptions options)
{
    private const int LongestWords = 600;

    private static readonly UpstreamTerms Terms = new(
        ChatModel.Upstream,
        "Ollama:Url",
        "Ollama:TokenFile",
        "Ollama:TimeoutSeconds",
        CarriesQuestions: false
    );

    private string Model => options.Model;

    private bool IsOllama => options.Protocol == "ollama";

    public static UpstreamException NotConfigured =>
        new(
            ChatModel.Upstream,
            UpstreamFault.NotConfigured,
            "No chat model is configured.",
            remedy: "Set Ollama:Url and Ollama:Model."
        );

    /// <summary>The failure as an upstream's; null for what is none of the model's.</summary>
    public UpstreamException? Of(Exception exception) =>
        exception switch
        {
            UpstreamException already => already,
            ModelRefusal refusal => Refused(refusal),
            TooLargeException large => Fault(
                UpstreamFault.Garbled,
                $"The model's server answered what can't be an answer. {large.Message}",
                remedy: "Check that Ollama:Url and Ollama:Protocol are right."
            ),
            FormatException or JsonException => Fault(
                UpstreamFault.Garbled,
                $"The model's server answered something that can't be read: {exception.Message}",
                remedy: "Check that Ollama:Url and Ollama:Protocol are right.",
                inner: exception
            ),
            HttpRequestException or IOException => Fault(
                UpstreamFault.Unreachable,
                UpstreamTerms.Words(exception),
                remedy: "Check that it runs and that Ollama:Url is right.",
                inner: exception
            ),
            _ => null,
        };

    /// <summary>Nothing came for so long.</summary>
    /// <param name="begun">The answer had begun.</param>
    /// <param name="why">What it seems to be doing.</param>
    public UpstreamException Silent(TimeSpan silence, bool begun, string? why) =>
        begun
            ? Fault(
                UpstreamFault.TimedOut,
                $"The model \"{Model}\" said nothing more for {silence.TotalSeconds:0} s.",
                remedy: "Try again, choose a smaller model, or raise Ollama:TimeoutSeconds."
            )
            : Fault(
                UpstreamFault.TimedOut,
                $"The model \"{Model}\" said nothing for {silence.TotalSeconds:0} s. {why}".TrimEnd(),
                remedy: "Ask again in a while, choose a smaller model, or raise Ollama:FirstTokenSeconds."
            );

    /// <summary>The answer ended without the mark that it is whole.</summary>
    public static UpstreamException EndedEarly =>
        Fault(
            UpstreamFault.Failed,
            "The model's server ended the answer without saying that it was whole.",
            remedy: "Ask again; when it stays so, look at the log of the model's server."
        );

    /// <summary>The server ended the answer with a word that says that there is none.</summary>
    /// <param name="reason"><c>load</c> or <c>unload</c>.</param>
    public static UpstreamException NoAnswer(string reason) =>
        Fault(
            UpstreamFault.Failed,
            $"The model's server {reason}ed the model and wrote no answer (done_reason {reason}).",
            remedy: "Ask again."
        );

    /// <summary>The prompt was longer than the context.</summary>
    /// <param name="words">Who says so, in a sentence.</param>
    public UpstreamException TooLong(string words, int? status = null) =>
        Fault(
            UpstreamFault.Refused,
            $"The conversation is too long for the model: {words}",
            status,
            IsOllama
                ? "Begin a new conversation, ask for less at once, or raise Ollama:ContextTokens."
                : "Begin a new conversation, ask for less at once, or start the server with a longer context."
        );

    public UpstreamException WithoutTools(string? words, int? status = null) =>
        Fault(
            UpstreamFault.Failed,
            $"The model \"{Model}\" can't call tools{(words is null ? "" : $": {words}")}",
            status,
            "Set Ollama:Model to a model that calls tools, such as llama3.1:8b or qwen3:8b."
        );

    private UpstreamException Refused(ModelRefusal refusal)
    {
        var (status, words) = (refusal.Status, StoreText.Shorten(UpstreamTerms.OneLine(refusal.Message), LongestWords));
        bool Says(string text) => words.Contains(text, StringComparison.OrdinalIgnoreCase);
        if (
            refusal.Type == "exceed_context_size_error"
            || Says("exceeds the available context size")
            || Says("maximum context length")
        )
        {
            return TooLong(words, status);
        }
        if (Says("context size has been exceeded"))
        {
            return Fault(
                UpstreamFault.Failed,
                $"The model's context is full: {words}",
                status,
                "Ask again: another question may have shared it. Start the server with one slot (-np 1) or a longer context."
            );
        }
        if (Says("does not support tools") || Says("tools param requires"))
        {
            return WithoutTools(words, status);
        }
        if (Says("loading model") || Says("model is loading"))
        {
            return Fault(
                UpstreamFault.Busy,
                $"The model \"{Model}\" is being loaded: {words}",
                status,
                "Ask again in a minute."
            );
        }
        if (status == (int)HttpStatusCode.TooManyRequests || Says("server busy") || Says("pending requests exceeded"))
        {
            return Fault(
                UpstreamFault.Busy,
                $"The model's server is busy: {words}",
                status,
                "Ask again when other questions are answered."
            );
        }
        if (
            status == (int)HttpStatusCode.NotFound
            && Says("model")
            && (Says("not found") || Says("does not exist") || Says("no such"))
        )
        {
            return Fault(
                UpstreamFault.Failed,
                $"The model \"{Model}\" is not there: {words}",
                status,
                IsOllama
                    ? $"Fetch it on its host (ollama pull {Model}), or set Ollama:Model to one that is there."
                    : "Set Ollama:Model to a name that the server lists."
            );
        }
        return status switch
        {
            (int)HttpStatusCode.Unauthorized or (int)HttpStatusCode.Forbidden => Fault(
                UpstreamFault.Denied,
                $"The model's server does not let us in: {words}",
                status,
                "Check the token in Ollama:TokenFile."
            ),
            (int)HttpStatusCode.NotFound or (int)HttpStatusCode.MethodNotAllowed => Fault(
                UpstreamFault.Failed,
                $"The model's server has no such address: {words}",
                status,
                IsOllama
                    ? "Check Ollama:Url: it is the server's address without a path."
                    : "Check Ollama:Url: it ends in /v1 with most servers."
            ),
            { } answered => Fault(
                Terms.FaultOf(answered),
                $"The model's server answered {answered}: {words}",
                status,
                answered >= 500 ? "Ask again; when it stays so, look at the log of the model's server." : null
            ),
            null => Fault(
                UpstreamFault.Failed,
                $"The model failed: {words}",
                remedy: "Ask again; when it stays so, look at the log of the model's server."
            ),
        };
    }

    private static UpstreamException Fault(
        UpstreamFault fault,
        string message,
        int? status = null,
        string? remedy = null,
        Exception? inner = null
    ) => new(ChatModel.Upstream, fault, Sentence(message), status, remedy, inner);

    /// <summary>With a full stop at its end, unless it ends in another mark.</summary>
    private static string Sentence(string text) => text is [.., '.' or '!' or '?' or '…'] ? text : text + ".";
}
