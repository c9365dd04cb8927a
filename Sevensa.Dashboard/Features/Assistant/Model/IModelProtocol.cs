namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>A way of talking to a model's server. Every answer is lines of JSON, bare or as server-sent events.</summary>
internal interface IModelProtocol
{
    /// <summary>A question, with the answer to be streamed.</summary>
    HttpRequestMessage Ask(ModelRequest request);

    /// <summary>Reads one answer, line by line.</summary>
    IModelAnswer Answer();

    /// <summary>Asks the server about its model. What it does not know of stays null.</summary>
    /// <exception cref="ModelRefusal">It answered that it can't serve this model.</exception>
    /// <exception cref="HttpRequestException">It can't be reached.</exception>
    Task<ModelFacts> DescribeAsync(HttpClient http, CancellationToken cancellation);

    /// <summary>Asks the server which model it has under the name. What it does not tell stays null.</summary>
    /// <exception cref="HttpRequestException">It can't be reached.</exception>
    Task<ModelIdentity> IdentifyAsync(HttpClient http, CancellationToken cancellation);
}

/// <summary>One answer while it comes.</summary>
internal interface IModelAnswer
{
    /// <param name="line">Without its line end; may be empty.</param>
    /// <exception cref="ModelRefusal">The line is an error in the server's words.</exception>
    /// <exception cref="FormatException">The line is none that this protocol has.</exception>
    IEnumerable<ModelPiece> Read(string line);

    /// <summary>The connection has ended: what follows from what came, nothing when the end never came.</summary>
    IEnumerable<ModelPiece> Close();
}

/// <summary>The server said no, in its own words.</summary>
/// <param name="status">HTTP status; null for an error inside an answer that had begun.</param>
/// <param name="words">The server's message.</param>
/// <param name="type">The server's word for the kind of error, where it has one.</param>
internal sealed class ModelRefusal(int? status, string words, string? type = null) : Exception(words)
{
    public int? Status { get; } = status;

    public string? Type { get; } = type;
}
