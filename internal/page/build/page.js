
"use strict";
(() => {
	const $ = (id) => document.getElementById(id);
	let dropped = null; // the file that was dropped, where none was chosen
	let program = null; // a promise of the verifier

	// load unpacks the verifier and starts it, once.
	const load = () => program ??= (async () => {
		const packed = Uint8Array.from(atob($("program").textContent), (c) => c.charCodeAt(0));
		const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
		const bytes = await new Response(stream).arrayBuffer();
		const go = new Go();
		const { instance } = await WebAssembly.instantiate(bytes, go.importObject);
		go.run(instance);
	})();

	// both writes a text in both languages; the style shows one.
	const both = (vi, en) => [["vi", vi], ["en", en]].map(([lang, text]) => {
		const span = document.createElement("span");
		span.lang = lang;
		span.textContent = text;
		return span;
	});
	const element = (tag, className, ...children) => {
		const e = document.createElement(tag);
		if (className) e.className = className;
		e.append(...children);
		return e;
	};

	const names = {
		zip: ["Tệp zip", "Zip"], manifest: ["Bản kê", "Manifest"], checkpoint: ["Mốc niêm phong", "Checkpoint"], tree: ["Cây băm", "Tree"],
		since: ["Mốc đã giữ", "Kept checkpoint"], events: ["Sự kiện", "Events"], complete: ["Đầy đủ", "Completeness"], signatures: ["Chữ ký", "Signatures"],
		disclosures: ["Văn bản", "Texts"], evidence: ["Minh chứng", "Evidence"], ranking: ["Xếp hạng", "Ranking"], awards: ["Khen thưởng", "Awards"], samples: ["Mẫu kiểm tra", "Samples"], report: ["Báo cáo", "Report"],
	};

	const table = (caption, heads, rows) => {
		const t = element("table", "", element("caption", "", ...both(...caption)));
		const head = element("tr", "");
		for (const [vi, en, number] of heads) {
			const th = element("th", number ? "n" : "", ...both(vi, en));
			th.scope = "col";
			head.append(th);
		}
		t.append(element("thead", "", head));
		const body = element("tbody", "");
		for (const row of rows) body.append(element("tr", "", ...row.map((cell, i) => element("td", heads[i][2] ? "n" : "", ...[].concat(cell)))));
		t.append(body);
		return t;
	};

	const number = (text) => both(text.replace(".", ","), text);

	const show = (answer) => {
		$("verdict").className = answer.ok ? "right" : "wrong";
		const last = answer.steps.at(-1);
		const file = last && last.file ? " " + last.file : "";
		$("verdict").replaceChildren(...(answer.ok
			? both("Hồ sơ đúng trong mọi bước.", "The dossier is right in every step.")
			: both("Hồ sơ KHÔNG đạt." + file, "The dossier FAILED." + file)));
		$("steps").replaceChildren(...answer.steps.map((s) => element("li", s.ok ? "right" : "wrong",
			element("span", "mark", ...(s.ok ? both("đúng", "ok") : both("SAI", "WRONG"))),
			element("span", "name", ...both(...(names[s.name] ?? [s.name, s.name]))), ": ", ...both(s.text.vi, s.text.en))));
		$("more").replaceChildren();
		if (answer.ok) {
			$("more").append(table(["Xếp hạng tính lại từ các sự kiện", "The ranking, computed from the events"],
				[["Hạng", "Rank", true], ["Đơn vị", "Unit"], ["Tổng điểm", "Total", true], ["Xếp loại", "Tier"]],
				answer.standings.map((s) => [String(s.rank), both(s.name.vi || s.unit, s.name.en || s.name.vi || s.unit), number(s.total), s.tier])));
		}
		$("sha256").textContent = answer.sha256;
		$("result").hidden = false;
	};

	const fail = (error) => {
		$("verdict").className = "wrong";
		$("verdict").replaceChildren(...both("Không kiểm tra được: " + error, "It could not be verified: " + error));
		$("result").hidden = true;
	};

	const verify = async () => {
		const file = $("file").files[0] ?? dropped;
		if (!file) return;
		$("start").disabled = true;
		$("result").hidden = true;
		$("verdict").className = "";
		$("verdict").replaceChildren(...both("Đang kiểm tra…", "Verifying…"));
		try {
			const [bytes] = await Promise.all([file.arrayBuffer(), load()]);
			await new Promise((shown) => setTimeout(shown, 30)); // until the page shows that it works
			const texts = ["key", "policy", "minutes", "since", "witnessed"].map((id) => id === "key" || id === "witnessed" ? $(id).value.trim() : $(id).value);
			show(JSON.parse(globalThis.verifyDossier(new Uint8Array(bytes), ...texts)));
		} catch (error) {
			program = null; // a program that has ended takes no more
			fail(error);
		} finally {
			$("start").disabled = false;
		}
	};

	$("ask").addEventListener("submit", (event) => {
		event.preventDefault();
		verify();
	});
	$("file").addEventListener("change", () => { dropped = null; });
	for (const type of ["dragenter", "dragover"]) {
		document.addEventListener(type, (event) => {
			event.preventDefault();
			$("drop").classList.add("over");
		});
	}
	document.addEventListener("dragleave", () => $("drop").classList.remove("over"));
	document.addEventListener("drop", (event) => {
		event.preventDefault();
		$("drop").classList.remove("over");
		if (event.dataTransfer.files.length === 0) return;
		dropped = event.dataTransfer.files[0];
		const list = new DataTransfer();
		list.items.add(dropped);
		$("file").files = list.files;
	});
	$("language").addEventListener("click", () => {
		const lang = document.body.dataset.lang === "vi" ? "en" : "vi";
		document.body.dataset.lang = lang;
		document.documentElement.lang = lang;
	});
})();
