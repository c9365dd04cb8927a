namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// The words and marks by which models write calls of tools as text: finding one, reading it and passing over what stands around
/// it know the same. As parts of patterns, without regard to case.
/// </summary>
internal static class CallWords
{
    /// <summary>Members of JSON that hold a tool's name.</summary>
    public const string Name = "name|function|tool|tool_name|function_name|action|recipient_name";

    /// <summary>Those that hold arguments, by which half a call is one for certain.</summary>
    public const string SureArguments = "arguments|parameters";

    /// <summary>All that hold arguments.</summary>
    public const string Arguments = SureArguments + "|args|input|action_input";

    /// <summary>Members that hold whole calls, and nothing else.</summary>
    public const string SureWraps = "tool_calls|tool_call|function_call|tool_uses";

    /// <summary>All that hold whole calls.</summary>
    public const string Wraps = SureWraps + "|calls|function";

    /// <summary>Marks that only calls have, before one or several.</summary>
    public const string Opening =
        @"</?(?:minimax:)?(?:tool_?calls?|function_?calls?|tool_code)>"
        + @"|</?｜DSML｜(?:function|tool)_calls>"
        + @"|<\|?/?(?:"
        + OpeningToken
        + @")\|>"
        + @"|<\|tool_call>|<｜tool▁(?:calls|call)▁begin｜>|<start_function_call>|\[/?TOOL_CALLS?\]|\[TOOL_REQUEST\]"
        + @"|functools\s*(?=[\[\{])";

    /// <summary>What stands around and between calls besides.</summary>
    public const string Closing =
        @"</?tools?>|<\|?/?(?:tool_?calls?_(?:section_)?end|end_action|action_end|plugin|eot_id|eom_id|im_end|call|end)\|>"
        + @"|<tool_call\|>|<｜tool▁(?:calls|call)▁end｜>|</?(?:start|end)_function_call>|\[(?:END_|/)TOOL_REQUEST\]";

    private const string OpeningToken =
        @"tool_?calls?(?:_(?:section_)?(?:begin|start))?|python_tag|start_action|action_start";
}
