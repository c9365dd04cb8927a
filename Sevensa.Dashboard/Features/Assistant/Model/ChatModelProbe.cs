using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>Asks the model's server whether the chosen model is there and can call tools, which costs nothing.</summary>
internal sealed class ChatModelProbe(ChatModel model) : IUpstreamProbe
{
    public string Name => ChatModel.Upstream;

    public string? Missing => model.IsConfigured ? null : "Set Ollama:Url and Ollama:Model.";

    public Task ProbeAsync(CancellationToken cancellation) => model.LookAsync(cancellation);
}
