namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>
/// What each recorded exchange is to whoever reads it by the model's client. Of an answer: why it ended, and the tokens of the
/// prompt that the server counted. Of everything else: the state, and the server's own words.
/// </summary>
internal static class RecordedOutcomes
{
    public const string Ollama = """
        version | read
        tags, none | read
        ps, none | read
        create tiny | Failed: The model's server ended the answer without saying that it was whole
        create plain | Failed: The model's server ended the answer without saying that it was whole
        create qwen2.5-coder:0.5b | Failed: The model's server ended the answer without saying that it was whole
        create smollm2:135m | Failed: The model's server ended the answer without saying that it was whole
        tags | read
        show tiny | read
        show plain | read
        show qwen2.5-coder:0.5b | read
        show smollm2:135m | read
        create tiny-tpl | Failed: The model's server ended the answer without saying that it was whole
        create qwen-tpl | Failed: The model's server ended the answer without saying that it was whole
        show tiny-tpl | read
        show qwen-tpl | read
        chat, whole (loads the model) | length 33
        ps, one | read
        chat, streamed | length 33
        unknown model | Failed: model 'llama3.1:8b' not found
        no model | Failed: model is required
        body is not JSON | Failed: unexpected EOF
        empty body | Failed: missing request body
        messages of a wrong type | Failed: json: cannot unmarshal string into Go struct field ChatRequest.messages of type []api.Message
        no messages: loads | Failed: The model's server loaded the model and wrote no answer
        role unknown | length 24
        tools for a model without | Failed: registry.ollama.ai/library/plain:latest does not support tools
        think true, model cannot | Failed: "tiny" does not support thinking
        think false, model cannot | length 33
        think high, model cannot | Failed: "tiny" does not support thinking
        think of an unknown word | Failed: invalid think value: "very" (must be "high", "medium", "low", "max", true, or false)
        image to a text model | Failed: image input is not supported - hint: if this is unexpected, you may need to provide the mmproj
        option unknown | length 33
        option of a wrong type | Failed: option "num_predict" must be of type integer
        format json | stop 33
        format schema | stop 33
        format schema, cut by num_predict | length 33
        format unknown word | Failed: invalid format: "\"yaml\""; expected "json" or a valid JSON Schema object
        format schema with tools | stop 150
        pull of an unknown model | Failed: pull model manifest: Get "https://registry.ollama.ai/v2/library/no-such-model/manifests/1b": dial tcp: lookup registry.ollama.ai: no such host
        delete of an unknown model | Failed: model 'no-such-model:1b' not found
        show of an unknown model | Failed: model 'no-such-model:1b' not found
        unknown path | Failed: 404 page not found
        wrong method | Failed: 405 method not allowed
        root | Garbled: Ollama is running
        unload | Failed: The model's server unloaded the model and wrote no answer
        ps after unload | read
        keep for ever | Failed: The model's server loaded the model and wrote no answer
        ps, kept for ever | read
        keep 5m | Failed: The model's server loaded the model and wrote no answer
        ps, kept 5m | read
        keep of a wrong form | Failed: time: invalid duration "soon"
        tiny: fits | length 2538
        tiny: does not fit num_ctx 1024 | Refused: its server read 871 tokens
        tiny: does not fit num_ctx 1024, truncate false | Refused: request (2538 tokens) exceeds the available context size (1024 tokens), try increasing it
        tiny: does not fit num_ctx 1024, shift false | Refused: its server read 871 tokens
        tiny: does not fit num_ctx 1024, truncate and shift false | Refused: request (2538 tokens) exceeds the available context size (1024 tokens), try increasing it
        tiny: tools alone do not fit num_ctx 512 | Refused: request (991 tokens) exceeds the available context size (512 tokens), try increasing it
        tiny: one question that does not fit num_ctx 256 | Refused: request (418 tokens) exceeds the available context size (256 tokens), try increasing it
        tiny: one question that does not fit, streamed | Refused: request (418 tokens) exceeds the available context size (256 tokens), try increasing it
        tiny: answer runs into the end of the context (num_ctx 128) | length 36
        tiny: answer runs into the end of the context, shift false | length 36
        tiny-tpl: fits | length 2538
        tiny-tpl: does not fit num_ctx 1024 | Refused: its server read 871 tokens
        tiny-tpl: does not fit num_ctx 1024, truncate false | Refused: request (2538 tokens) exceeds the available context size (1024 tokens), try increasing it
        tiny-tpl: does not fit num_ctx 1024, shift false | Refused: its server read 871 tokens
        tiny-tpl: does not fit num_ctx 1024, truncate and shift false | Refused: request (2538 tokens) exceeds the available context size (1024 tokens), try increasing it
        tiny-tpl: tools alone do not fit num_ctx 512 | Refused: its server read 258 tokens
        tiny-tpl: one question that does not fit num_ctx 256 | Refused: its server read 130 tokens
        tiny-tpl: one question that does not fit, streamed | Refused: its server read 130 tokens
        tiny-tpl: answer runs into the end of the context (num_ctx 128) | length 15
        tiny-tpl: answer runs into the end of the context, shift false | length 15
        the client hangs up in mid-stream | Failed: The model's server ended the answer without saying that it was whole
        the runner is killed in mid-stream | Failed: an error was encountered while running the model: unexpected EOF
        right after the runner was killed | length 33
        the runner is killed, answer not streamed | Failed: an error was encountered while running the model: unexpected EOF
        unloaded in mid-stream (keep_alive 0 by another) | length 33
        ps with OLLAMA_CONTEXT_LENGTH=2048 | read
        one too many waits (OLLAMA_MAX_QUEUE=2) | Busy: server busy, please try again. maximum pending requests exceeded
        qwen2.5-coder:0.5b: tool call, streamed | stop 230
        qwen2.5-coder:0.5b: tool call, whole | stop 230
        qwen-tpl: tool call, streamed | stop 179
        qwen-tpl: tool call, whole | stop 179
        openai path: models | read
        openai path: unknown model | Failed: model 'llama3.1:8b' not found
        openai path: streamed with usage | length 12
        openai path: prompt longer than 4096, model with an Ollama template | Refused: its server read 2050 tokens
        openai path: prompt longer than 4096, model with its own Jinja template | Refused: request (5218 tokens) exceeds the available context size (4096 tokens), try increasing it
        openai path: tools for a model without | Failed: registry.ollama.ai/library/plain:latest does not support tools
        ps after the client hung up while the model loaded | read
        an empty answer, streamed | stop 181
        openai path: an empty answer, streamed | stop
        """;

    public const string OpenAi = """
        health | read
        models | read
        props | read
        chat, whole | stop 35
        chat, streamed, usage not asked for | stop 35
        chat, streamed, usage asked for | stop 35
        another model name than it has | length 30
        cut by max_tokens, streamed | length 38
        tool call, whole | stop 229
        tool call, streamed | stop 229
        tool call required, streamed | length 229
        tool call required, whole | length 229
        tool call required, cut by max_tokens | length 229
        health while loading | Busy: Loading model
        models while loading | Busy: Loading model
        chat while loading | Busy: Loading model
        prompt longer than the context | Refused: request (2030 tokens) exceeds the available context size (1024 tokens), try increasing it
        prompt longer than the context, streamed | Refused: request (2030 tokens) exceeds the available context size (1024 tokens), try increasing it
        answer runs into the end of the context, streamed | length 930
        body is not JSON | Failed: [json.exception.parse_error.101] parse error at line 1, column 15: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal
        no messages | Failed: 'messages' is required
        unknown path | Failed: File Not Found
        slots | Garbled:
        json_schema | stop 33
        ends with an assistant message | length 35
        server killed in mid-stream | Failed: The model's server ended the answer without saying that it was whole
        two at once share one context (4 slots by default, 2) | Failed: Context size has been exceeded.
        two at once share one context (4 slots by default, 1) | Failed: Context size has been exceeded.
        tool call required and not enforced, streamed | length 420
        an empty answer, streamed | stop 187
        """;
}
