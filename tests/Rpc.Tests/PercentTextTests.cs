using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Rpc.Tests;

public sealed class PercentTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain ~text!", "plain ~text!")]
    [InlineData("100%", "100%25")]
    [InlineData("\t\n", "%09%0A")]
    [InlineData("☺", "%E2%98%BA")]
    [InlineData("😈", "%F0%9F%98%88")]
    public void Encode_Text_GivesPrintableAscii(string text, string wire) => Assert.Equal(wire, PercentText.Encode(text));

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%e2%98%ba", "☺")]
    [InlineData("%FF", "\uFFFD")]
    [InlineData("a%", "a%")]
    public void Decode_BrokenEscapes_KeepsWhatItCan(string wire, string text) => Assert.Equal(text, PercentText.Decode(wire));

    [Fact]
    public void Decode_WhatEncodeGave_IsTheText() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), any =>
        {
            // A lone surrogate is no Unicode text and can not survive UTF-8.
            var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(any.Get));
            var wire = PercentText.Encode(text);
            return wire.All(c => c is >= ' ' and <= '~') && PercentText.Decode(wire) == text;
        }));

    [Fact]
    public void Decode_AnyText_NeverThrows() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), any =>
            PercentText.Decode("%" + any.Get.Replace("a", "%", StringComparison.Ordinal)) is not null));
}
