using System.ClientModel;
using System.Net.Http.Headers;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using OllamaSharp;
using OllamaSharp.Models.Exceptions;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>The chat model behind the assistant: a local one, by Ollama's protocol or by OpenAI's.</summary>
public sealed class ChatModel(IHttpClientFactory clients, IOptions<OllamaOptions> options, Upstreams upstreams)
{
    public const string Upstream = "Ollama";

    /// <summary>Name of the <see cref="HttpClient"/>.</summary>
    public const string Client = "chat-model";

    public bool IsConfigured => !string.IsNullOrWhiteSpace(options.Value.Url);

    public string ModelName => options.Value.Model;

    /// <summary>Silence after which an answer is given up.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(options.Value.TimeoutSeconds);

    /// <exception cref="UpstreamException">No address is configured.</exception>
    public IChatClient Open()
    {
        if (!IsConfigured)
        {
            throw new UpstreamException(
                Upstream,
                UpstreamFault.NotConfigured,
                "No chat model is configured.",
                remedy: "Set Ollama:Url and Ollama:Model."
            );
        }
        var address = new Uri(options.Value.Url!.TrimEnd('/') + "/");
        var http = clients.CreateClient(Client);
        http.BaseAddress = address;
        var token = options.Value.TokenFile is { Length: > 0 } file ? File.ReadAllText(file).Trim() : null;
        if (options.Value.Protocol == "openai")
        {
            return new OpenAI.OpenAIClient(
                new ApiKeyCredential(token ?? "none"),
                new OpenAI.OpenAIClientOptions
                {
                    Endpoint = address,
                    Transport = new System.ClientModel.Primitives.HttpClientPipelineTransport(http),
                }
            )
                .GetChatClient(ModelName)
                .AsIChatClient();
        }
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        return new OllamaApiClient(http, ModelName);
    }

    public void Answered() => upstreams.Good(Upstream);

    /// <summary>The model's failure as an upstream's, in its own words; null for what is not its failure.</summary>
    public UpstreamException? Translate(Exception exception, CancellationToken asked)
    {
        UpstreamException? translated = exception switch
        {
            UpstreamException already => already,
            OperationCanceledException when asked.IsCancellationRequested => null,
            OperationCanceledException or TimeoutException => new UpstreamException(
                Upstream,
                UpstreamFault.TimedOut,
                $"The model \"{ModelName}\" said nothing for {options.Value.TimeoutSeconds} s.",
                remedy: "Try again, choose a smaller model, or raise Ollama:TimeoutSeconds.",
                inner: exception
            ),
            OllamaException or ClientResultException => new UpstreamException(
                Upstream,
                UpstreamFault.Failed,
                exception.Message,
                inner: exception
            ),
            HttpRequestException { StatusCode: { } status } => new UpstreamException(
                Upstream,
                UpstreamFault.Failed,
                exception.Message,
                (int)status,
                status == System.Net.HttpStatusCode.NotFound
                    ? $"Fetch the model on its host: ollama pull {ModelName}."
                    : null,
                exception
            ),
            HttpRequestException or IOException => new UpstreamException(
                Upstream,
                UpstreamFault.Unreachable,
                exception.InnerException?.Message ?? exception.Message,
                remedy: "Check that it runs and that Ollama:Url is right.",
                inner: exception
            ),
            System.Text.Json.JsonException => new UpstreamException(
                Upstream,
                UpstreamFault.Garbled,
                "The model's answer could not be read.",
                inner: exception
            ),
            _ => null,
        };
        if (translated is not null)
        {
            upstreams.Bad(translated);
        }
        return translated;
    }
}
