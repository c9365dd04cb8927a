using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>Asks the model's server for its list of models, which costs nothing.</summary>
internal sealed class ChatModelProbe(ChatModel model, IHttpClientFactory clients, IOptions<OllamaOptions> options)
    : IUpstreamProbe
{
    public string Name => ChatModel.Upstream;

    public string? Missing => model.IsConfigured ? null : "Set Ollama:Url and Ollama:Model.";

    public async Task ProbeAsync(CancellationToken cancellation)
    {
        using var http = clients.CreateClient(ChatModel.Client);
        var path = options.Value.Protocol == "openai" ? "models" : "api/tags";
        try
        {
            using var answer = await http.GetAsync(
                new Uri(new Uri(options.Value.Url!.TrimEnd('/') + "/"), path),
                cancellation
            );
            answer.EnsureSuccessStatusCode();
            model.Answered();
        }
        catch (Exception exception) when (model.Translate(exception, cancellation) is { } translated)
        {
            throw translated;
        }
    }
}
