using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>A model of the stand-in. All of them are the same grammar; they differ in what Ollama makes of their templates.</summary>
/// <param name="CallsTools">Its template has a place for tools.</param>
/// <param name="IsCut">A prompt that does not fit is cut to half of the context, as with templates of Ollama's own; else it is refused, as with a Jinja template.</param>
internal sealed record StandInModel(string Name, bool CallsTools, bool IsCut)
{
    public static readonly IReadOnlyList<StandInModel> All =
    [
        new("sandbox-model", true, true),
        new("sandbox-jinja", true, false),
        new("sandbox-plain", false, true),
    ];

    public string Tag => Name + ":latest";

    public string Digest => Noise.Hex(Name, 64);

    public static StandInModel? Find(string name) =>
        All.FirstOrDefault(model => name == model.Name || name == model.Tag);
}
