using System.Globalization;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>What llama.cpp's server (b11434) says besides an answer's words, in its shapes.</summary>
internal static class LlamaShape
{
    public static JsonObject Error(int status, string type, string words) =>
        new()
        {
            ["error"] = new JsonObject
            {
                ["code"] = status,
                ["message"] = words,
                ["type"] = type,
            },
        };

    public static JsonObject TooLong(int prompt, int context)
    {
        var told = Error(
            400,
            "exceed_context_size_error",
            string.Create(
                CultureInfo.InvariantCulture,
                $"request ({prompt} tokens) exceeds the available context size ({context} tokens), try increasing it"
            )
        );
        told["error"]!["n_prompt_tokens"] = prompt;
        told["error"]!["n_ctx"] = context;
        return told;
    }

    public static JsonObject Models(string model, long created, int context, int longest) =>
        new()
        {
            ["models"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = model,
                    ["model"] = model,
                    ["modified_at"] = "",
                    ["size"] = "",
                    ["digest"] = "",
                    ["type"] = "model",
                    ["description"] = "",
                    ["tags"] = new JsonArray(""),
                    ["capabilities"] = new JsonArray("completion"),
                    ["parameters"] = "",
                    ["details"] = new JsonObject
                    {
                        ["parent_model"] = "",
                        ["format"] = "grammar",
                        ["family"] = "",
                        ["families"] = new JsonArray(""),
                        ["parameter_size"] = "",
                        ["quantization_level"] = "",
                    },
                }
            ),
            ["object"] = "list",
            ["data"] = new JsonArray(
                new JsonObject
                {
                    ["id"] = model,
                    ["aliases"] = new JsonArray(model),
                    ["tags"] = new JsonArray(),
                    ["object"] = "model",
                    ["architecture"] = new JsonObject
                    {
                        ["input_modalities"] = new JsonArray("text"),
                        ["output_modalities"] = new JsonArray("text"),
                    },
                    ["created"] = created,
                    ["owned_by"] = "llamacpp",
                    ["meta"] = new JsonObject
                    {
                        ["vocab_type"] = 0,
                        ["n_vocab"] = 0,
                        ["n_ctx"] = context,
                        ["n_ctx_train"] = longest,
                        ["n_embd"] = 0,
                        ["n_params"] = 0,
                        ["size"] = 0,
                        ["ftype"] = "none",
                    },
                }
            ),
        };

    public static JsonObject Properties(string model, int context) =>
        new()
        {
            ["default_generation_settings"] = new JsonObject { ["n_ctx"] = context },
            ["total_slots"] = 1,
            ["model_alias"] = model,
            ["model_ftype"] = "none",
            ["model_path"] = "",
            ["modalities"] = new JsonObject
            {
                ["vision"] = false,
                ["video"] = false,
                ["audio"] = false,
            },
            ["chat_template"] = "",
            ["chat_template_caps"] = new JsonObject
            {
                ["supports_object_arguments"] = true,
                ["supports_parallel_tool_calls"] = true,
                ["supports_preserve_reasoning"] = false,
                ["supports_reasoning_effort"] = false,
                ["supports_string_content"] = true,
                ["supports_system_role"] = true,
                ["supports_tool_calls"] = true,
                ["supports_tools"] = true,
                ["supports_typed_content"] = false,
            },
            ["build_info"] = "b0-sandbox",
            ["is_sleeping"] = false,
        };

    /// <summary>Tokens, and how fast they came: in no time.</summary>
    public static JsonObject Counted(int prompt, int answer)
    {
        var usage = OpenAiShape.Usage(prompt, answer);
        usage["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = 0 };
        return new JsonObject
        {
            ["usage"] = usage,
            ["timings"] = new JsonObject
            {
                ["cache_n"] = 0,
                ["prompt_n"] = prompt,
                ["prompt_ms"] = 1,
                ["prompt_per_token_ms"] = 0,
                ["prompt_per_second"] = 0,
                ["predicted_n"] = answer,
                ["predicted_ms"] = 1,
                ["predicted_per_token_ms"] = 0,
                ["predicted_per_second"] = 0,
            },
        };
    }
}
